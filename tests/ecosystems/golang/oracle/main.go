// Answers questions about module paths and versions with the go command's own packages.
//
// Reads lines of "verb<TAB>argument<TAB>argument" and writes one line for each.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
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
		case "unescape":
			plain, err := module.UnescapePath(parts[1])
			fmt.Fprintln(out, plain, err == nil)
		case "whole":
			fmt.Fprintln(out, module.CanonicalVersion(parts[1]))
		case "mod":
			fmt.Fprintln(out, read(parts[1]))
		case "pseudo":
			fmt.Fprintln(out, module.IsPseudoVersion(parts[1]))
		}
	}
}

type require struct {
	Path, Version string
	Indirect      bool
}

type retraction struct{ Low, High, Rationale string }

// read says what the go command takes from the go.mod of a dependency, as JSON, and null for one that it refuses.
func read(encoded string) string {
	body, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		panic(err)
	}
	file, err := modfile.ParseLax("go.mod", body, nil)
	if err != nil {
		return "null"
	}
	var said struct {
		Module, Deprecated, Go string
		Requires               []require
		Retractions            []retraction
	}
	if file.Module != nil {
		said.Module, said.Deprecated = file.Module.Mod.Path, file.Module.Deprecated
	}
	if file.Go != nil {
		said.Go = file.Go.Version
	}
	for _, each := range file.Require {
		said.Requires = append(said.Requires, require{each.Mod.Path, each.Mod.Version, each.Indirect})
	}
	for _, each := range file.Retract {
		said.Retractions = append(said.Retractions, retraction{each.Low, each.High, each.Rationale})
	}
	text, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return string(text)
}
