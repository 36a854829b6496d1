import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.VersionRange;

/** Answers questions, one a line, fields between tabs: `compare a b` with -1, 0 or 1, `contains range version`. */
public class Oracle {
    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            out.append(fields[0].equals("compare") ? compare(fields[1], fields[2]) : contains(fields[1], fields[2]));
            out.append('\n');
        }
        System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private static String compare(String left, String right) {
        return Integer.toString(Integer.signum(new ComparableVersion(left).compareTo(new ComparableVersion(right))));
    }

    private static String contains(String range, String version) {
        try {
            VersionRange read = VersionRange.createFromVersionSpec(range);
            return read.containsVersion(new DefaultArtifactVersion(version)) ? "true" : "false";
        } catch (InvalidVersionSpecificationException refused) {
            return "invalid";
        }
    }
}
