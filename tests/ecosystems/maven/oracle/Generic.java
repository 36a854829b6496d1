import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.eclipse.aether.util.version.GenericVersionScheme;

/** Compares versions as maven-resolver does: two of them on a line, with a tab between. */
class Generic {
    public static void main(String[] arguments) throws Exception {
        GenericVersionScheme scheme = new GenericVersionScheme();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] pair = line.split("\t", -1);
            int found = scheme.parseVersion(pair[0]).compareTo(scheme.parseVersion(pair[1]));
            System.out.println(Integer.signum(found));
        }
    }
}
