// Package outfile compares generated files with what is on disk, and puts them there: whole or not at all, and
// only where something changes.
package outfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/diff"
)

// Change is a file that has to be written or removed.
type Change struct {
	Path string
	Old  []byte // what is there now; nil where nothing is
	New  []byte // what shall be there; nil where nothing shall be
}

// Write gives the change that makes path hold content, and whether there is anything to change.
func Write(path string, content []byte) (Change, bool, error) {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Change{Path: path, New: content}, true, nil
	}
	if err != nil {
		return Change{}, false, err
	}
	return Change{Path: path, Old: nonNil(old), New: content}, !bytes.Equal(old, content), nil
}

// Remove gives the change that removes path.
func Remove(path string) (Change, error) {
	old, err := os.ReadFile(path)
	return Change{Path: path, Old: nonNil(old)}, err
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Diff is the change as a unified diff of a file called name.
func (c Change) Diff(name string) []byte {
	before, after := name, name
	if c.Old == nil {
		before = os.DevNull
	}
	if c.New == nil {
		after = os.DevNull
	}
	return diff.Diff(before, c.Old, after, c.New)
}

// Apply makes the change. A file is written beside its place and then renamed, so that nobody ever reads half of
// it, and folders that are missing are made.
func (c Change) Apply() error {
	if c.New == nil {
		return os.Remove(c.Path)
	}
	dir, base := filepath.Split(c.Path)
	if err := os.MkdirAll(filepath.Clean(dir), 0o777); err != nil {
		return err
	}
	// The leading dot hides the file from a go command that runs meanwhile. os.CreateTemp would hide it from
	// other users too, also under its last name.
	temp := filepath.Join(dir, "."+base+"."+strconv.FormatUint(rand.Uint64(), 36))
	if err := create(temp, c.New); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	if err := os.Rename(temp, c.Path); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	return nil
}

func create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clearing up: %w", err)
	}
	return nil
}
