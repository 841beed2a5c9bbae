// Package checkout lets modules that tests make up import this checkout, as a user's module does that has a
// replace directive for it.
package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const module = "github.com/cachegen-go/cachegen"

// Root finds the checkout that the working directory is part of.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module "+module+"\n") {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("the working directory is not in a checkout of " + module)
		}
		dir = filepath.Dir(dir)
	}
}

// Require makes the checkout, and all that it requires, known to the workspace or else the module at dir.
func Require(dir string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	work, err := os.ReadFile(filepath.Join(dir, "go.work"))
	if err == nil {
		return write(dir, "go.work", fmt.Appendf(work, "\nuse %s\n", root))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	ours, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	_, requirements, _ := strings.Cut(string(ours), "\nrequire (")
	mod = fmt.Appendf(mod, "\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n\nrequire (%s", module, root, requirements)
	return errors.Join(write(dir, "go.mod", mod), write(dir, "go.sum", sum))
}

func write(dir, name string, data []byte) error {
	return os.WriteFile(filepath.Join(dir, name), data, 0o666)
}
