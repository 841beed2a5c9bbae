package emit

import (
	"bytes"
	"errors"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen-go/cachegen/gen/model"
)

// Output is one generated file.
type Output struct {
	Path    string // where it is written
	Content []byte // formatted Go source
}

// Files writes the files of a plan and the codec files that they share, sorted by path. The same plan gives
// the same bytes. Files of one package must be given together: what they declare is kept apart.
//
// An error means that the plan asks for what cannot be written, such as a type that the package generated into
// cannot name; then there are no outputs.
func Files(files []*model.File) ([]Output, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b *model.File) int { return strings.Compare(a.Path, b.Path) })

	blocks := map[string]*block{}
	for _, f := range files {
		if blocks[f.OutPath] == nil {
			blocks[f.OutPath] = newBlock()
		}
		blocks[f.OutPath].add(f)
	}
	groups := map[string]*group{}
	var order []*group
	var errs []error
	for _, f := range files {
		g := groups[f.Codec]
		if g != nil && g.names.path != f.OutPath {
			return nil, fmt.Errorf("%s: packages %s and %s cannot share it", f.Codec, g.names.path, f.OutPath)
		}
		if g == nil {
			g = newGroup(f, blocks[f.OutPath])
			groups[f.Codec] = g
			order = append(order, g)
		}
		if err := g.write(f, blocks[f.OutPath]); err != nil {
			errs = append(errs, err)
		}
	}
	var outputs []Output
	for _, g := range order {
		if err := g.writeCodecs(); err != nil {
			errs = append(errs, err)
		}
		outputs = append(outputs, g.outputs...)
	}
	glued, faults := glueFiles(files, blocks)
	outputs, errs = append(outputs, glued...), append(errs, faults...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(outputs, func(a, b Output) int { return strings.Compare(a.Path, b.Path) })
	return outputs, nil
}

// group is the files that share a codec file.
type group struct {
	path    string // of the codec file
	names   *names // of the codec file
	codecs  *codecs
	outputs []Output
}

func newGroup(f *model.File, b *block) *group {
	n := newNames(f.OutPath, b)
	n.suffix = helperSuffix(f.Codec)
	return &group{path: f.Codec, names: n, codecs: newCodecs(n, f.OutName, f.Constraint)}
}

// write emits one file of wrappers.
func (g *group) write(file *model.File, b *block) error {
	n := newNames(file.OutPath, b)
	n.suffix = g.names.suffix
	for _, m := range file.Wrappers {
		n.typeParams(m.TypeParams)
	}
	var decls []jen.Code
	for _, m := range file.Wrappers {
		for _, method := range kept(m) {
			if len(values(method)) == 0 {
				return fmt.Errorf("%s: %s.%s has no result to cache", file.Path, m.Interface.Name(), method.Name)
			}
			if method.Cache.Bundle != nil && method.Index == nil {
				n.bundle(method.Cache.Bundle, m.TypeParams)
				g.names.renamed[method.Cache.Bundle.Obj()] = n.renamed[method.Cache.Bundle.Obj()]
			}
		}
		decls = append(decls, newWrapper(n, g.codecs, m).declarations()...)
	}
	out, err := n.output(file.Path, file.OutName, file.Constraint, decls)
	if err == nil {
		g.outputs = append(g.outputs, out)
	}
	return err
}

// writeCodecs emits what the group's files share, if anything.
func (g *group) writeCodecs() error {
	f := g.codecs.file()
	if f == nil {
		return nil
	}
	out, err := g.names.render(g.path, f)
	if err == nil {
		g.outputs = append(g.outputs, out)
	}
	return err
}

// output writes a file of declarations.
func (n *names) output(path, packageName, constraint string, decls []jen.Code) (Output, error) {
	f := n.file(packageName, constraint)
	for _, d := range decls {
		f.Add(d)
		f.Line()
	}
	n.finish(f)
	return n.render(path, f)
}

func (n *names) render(path string, f *jen.File) (Output, error) {
	if len(n.errs) > 0 {
		return Output{}, fmt.Errorf("%s: %w", path, errors.Join(n.errs...))
	}
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		return Output{}, fmt.Errorf("%s: %w", path, err)
	}
	content, err := groupImports(buf.Bytes())
	if err != nil {
		return Output{}, fmt.Errorf("%s: %w", path, err)
	}
	return Output{Path: path, Content: content}, nil
}

// bundle names the struct that a method's results are stored in; that of a generic wrapper is generic too.
func (n *names) bundle(t *types.Named, params *types.TypeParamList) {
	n.renamed[t.Obj()] = n.declare(t.Obj().Name())
	if params.Len() > 0 {
		n.generic[t.Obj()] = params
	}
}

// helperSuffix tells the helpers in a codec file that is not always built from those of cachegen_codec.go:
// users_cachegen_codec_linux.go gives UsersLinux.
func helperSuffix(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".go")
	var s strings.Builder
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if word != "cachegen" && word != "codec" {
			s.WriteString(exported(word))
		}
	}
	return s.String()
}
