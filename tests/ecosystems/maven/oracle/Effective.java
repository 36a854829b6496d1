import java.io.File;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Developer;
import org.apache.maven.model.Exclusion;
import org.apache.maven.model.License;
import org.apache.maven.model.Model;
import org.apache.maven.model.Parent;
import org.apache.maven.model.Profile;
import org.apache.maven.model.Repository;
import org.apache.maven.model.Scm;
import org.apache.maven.model.building.DefaultModelBuilderFactory;
import org.apache.maven.model.building.DefaultModelBuildingRequest;
import org.apache.maven.model.building.FileModelSource;
import org.apache.maven.model.building.ModelBuildingRequest;
import org.apache.maven.model.building.ModelProblemCollector;
import org.apache.maven.model.building.ModelSource;
import org.apache.maven.model.profile.ProfileActivationContext;
import org.apache.maven.model.profile.activation.ProfileActivator;
import org.apache.maven.model.profile.activation.PropertyProfileActivator;
import org.apache.maven.model.resolution.ModelResolver;
import org.apache.maven.model.resolution.UnresolvableModelException;

/** Prints the effective model of each POM that is named, as Maven itself builds it from a folder of POMs. */
public class Effective {
    public static void main(String[] arguments) throws Exception {
        File folder = new File(arguments[0]);
        StringBuilder out = new StringBuilder();
        for (int at = 1; at < arguments.length; at++) {
            String[] names = arguments[at].split(":");
            out.append("= ").append(arguments[at]).append('\n');
            try {
                print(build(folder, find(folder, names[0], names[1], names[2])), out);
            } catch (Exception failed) {
                out.append("failed ").append(clean(failed.getMessage())).append('\n');
            }
        }
        System.out.write(out.toString().getBytes("UTF-8"));
        System.out.flush();
    }

    private static Model build(File folder, File pom) throws Exception {
        DefaultModelBuildingRequest request = new DefaultModelBuildingRequest();
        request.setModelSource(new FileModelSource(pom));
        request.setValidationLevel(ModelBuildingRequest.VALIDATION_LEVEL_MINIMAL);
        request.setProcessPlugins(false);
        request.setModelResolver(new Folder(folder));
        request.setSystemProperties(new Properties());
        return new Factory().newInstance().build(request).getEffectiveModel();
    }

    private static File find(File folder, String group, String artifact, String version) {
        return new File(folder, group.replace('.', '/') + "/" + artifact + "/" + version + "/" + artifact + "-" + version
            + ".pom");
    }

    /** Knows which profiles are active by default or by a property; the machine counts for nothing. */
    private static class Factory extends DefaultModelBuilderFactory {
        @Override
        protected ProfileActivator[] newProfileActivators() {
            return new ProfileActivator[] {new Machine(), new PropertyProfileActivator()};
        }
    }

    private static class Machine implements ProfileActivator {
        @Override
        public boolean isActive(Profile profile, ProfileActivationContext context, ModelProblemCollector problems) {
            return !presentInConfig(profile, context, problems);
        }

        @Override
        public boolean presentInConfig(Profile profile, ProfileActivationContext context, ModelProblemCollector problems) {
            return profile.getActivation() != null
                && (profile.getActivation().getJdk() != null || profile.getActivation().getOs() != null
                    || profile.getActivation().getFile() != null);
        }
    }

    private static class Folder implements ModelResolver {
        private final File folder;

        Folder(File folder) {
            this.folder = folder;
        }

        @Override
        public ModelSource resolveModel(String group, String artifact, String version) throws UnresolvableModelException {
            File pom = find(folder, group, artifact, version);
            if (!pom.isFile()) {
                throw new UnresolvableModelException("missing", group, artifact, version);
            }
            return new FileModelSource(pom);
        }

        @Override
        public ModelSource resolveModel(Parent parent) throws UnresolvableModelException {
            return resolveModel(parent.getGroupId(), parent.getArtifactId(), parent.getVersion());
        }

        @Override
        public ModelSource resolveModel(Dependency dependency) throws UnresolvableModelException {
            return resolveModel(dependency.getGroupId(), dependency.getArtifactId(), dependency.getVersion());
        }

        @Override
        public void addRepository(Repository repository) {}

        @Override
        public void addRepository(Repository repository, boolean replace) {}

        @Override
        public ModelResolver newCopy() {
            return this;
        }
    }

    private static void print(Model model, StringBuilder out) {
        line(out, "id", model.getGroupId(), model.getArtifactId(), model.getVersion(), model.getPackaging());
        line(out, "name", model.getName());
        line(out, "description", model.getDescription());
        line(out, "url", model.getUrl());
        for (License each : model.getLicenses()) {
            line(out, "licence", each.getName(), each.getUrl());
        }
        for (Developer each : model.getDevelopers()) {
            line(out, "developer", each.getId(), each.getName(), each.getEmail(), each.getUrl());
        }
        if (model.getOrganization() != null) {
            line(out, "organization", model.getOrganization().getName(), model.getOrganization().getUrl());
        }
        Scm scm = model.getScm();
        if (scm != null) {
            line(out, "scm", scm.getUrl(), scm.getConnection(), scm.getDeveloperConnection());
        }
        if (model.getIssueManagement() != null) {
            line(out, "issues", model.getIssueManagement().getUrl());
        }
        for (Dependency each : model.getDependencies()) {
            dependency(out, "dependency", each);
        }
        if (model.getDependencyManagement() != null) {
            for (Dependency each : model.getDependencyManagement().getDependencies()) {
                dependency(out, "managed", each);
            }
        }
    }

    private static void dependency(StringBuilder out, String kind, Dependency each) {
        List<String> fields = new ArrayList<>();
        fields.add(each.getGroupId());
        fields.add(each.getArtifactId());
        fields.add(each.getVersion());
        fields.add(each.getType());
        fields.add(each.getClassifier());
        fields.add(each.getScope());
        fields.add(each.isOptional() ? "optional" : "");
        for (Exclusion exclusion : each.getExclusions()) {
            fields.add(exclusion.getGroupId() + ":" + exclusion.getArtifactId());
        }
        line(out, kind, fields.toArray(new String[0]));
    }

    private static void line(StringBuilder out, String kind, String... fields) {
        out.append(kind);
        for (String field : fields) {
            out.append('\t').append(clean(field));
        }
        out.append('\n');
    }

    private static String clean(String text) {
        return text == null ? "" : text.trim().replaceAll("\\s+", " ");
    }
}
