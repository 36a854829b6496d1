// Serves a checksum database over the modules of a proxy, with a key of its own.
//
// Prints its address and its verifier key, and runs until it is ended.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	signer, verifier, err := note.GenerateKey(rand.Reader, "sum.farm.example")
	check(err)
	server := sumdb.NewServer(sumdb.NewTestServer(signer, func(path, version string) ([]byte, error) {
		return entry(os.Args[1], path, version)
	}))
	for _, path := range sumdb.ServerPaths {
		http.Handle(path, server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("http://%s %s\n", listener.Addr(), verifier)
	check(http.Serve(listener, nil))
}

// entry makes the lines of a go.sum.
func entry(proxy, path, version string) ([]byte, error) {
	mod, err := get(proxy, path, version, ".mod")
	if err != nil {
		return nil, err
	}
	archive, err := get(proxy, path, version, ".zip")
	if err != nil {
		return nil, err
	}
	ofMod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(mod)), nil
	})
	if err != nil {
		return nil, err
	}
	opened, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range opened.File {
		names = append(names, file.Name)
	}
	ofZip, err := dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return opened.Open(name) })
	if err != nil {
		return nil, err
	}
	return []byte(fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", path, version, ofZip, path, version, ofMod)), nil
}

func get(proxy, path, version, kind string) ([]byte, error) {
	escaped, err := module.EscapePath(path)
	if err != nil {
		return nil, err
	}
	answer, err := http.Get(proxy + "/" + escaped + "/@v/" + version + kind)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, os.ErrNotExist
	}
	return io.ReadAll(answer.Body)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
