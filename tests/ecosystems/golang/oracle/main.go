// Answers questions about module paths and versions with the go command's own packages.
//
// Reads lines of "verb<TAB>argument<TAB>argument" and writes one line for each.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		parts := strings.Split(in.Text(), "\t")
		switch parts[0] {
		case "compare":
			fmt.Fprintln(out, semver.Compare(parts[1], parts[2]))
		case "canonical":
			fmt.Fprintln(out, semver.IsValid(parts[1]) && module.CanonicalVersion(parts[1]) == parts[1])
		case "path":
			fmt.Fprintln(out, module.CheckPath(parts[1]) == nil)
		case "escape":
			escaped, err := module.EscapePath(parts[1])
			fmt.Fprintln(out, escaped, err == nil)
		case "pseudo":
			fmt.Fprintln(out, module.IsPseudoVersion(parts[1]))
		}
	}
}
