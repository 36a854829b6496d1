<?php
// Answers questions about versions and constraints with Composer's own library.
// Reads lines of "verb<TAB>argument<TAB>argument" and writes one line for each.

require $argv[1];

$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    $parts = explode("\t", rtrim($line, "\n"));
    try {
        switch ($parts[0]) {
            case 'normalise':
                $answer = $parser->normalize($parts[1]);
                break;
            case 'stability':
                $answer = Composer\Semver\VersionParser::parseStability($parts[1]);
                break;
            case 'compare':
                $one = $parser->normalize($parts[1]);
                $other = $parser->normalize($parts[2]);
                $answer = (string) version_compare($one, $other);
                break;
            case 'satisfies':
                $answer = Composer\Semver\Semver::satisfies($parts[1], $parts[2]) ? 'yes' : 'no';
                break;
            default:
                $answer = '?';
        }
    } catch (\Throwable $error) {
        $answer = 'invalid';
    }
    echo $answer, "\n";
}
