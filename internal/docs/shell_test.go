package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tree is what commands in documents can refer to.
type tree struct {
	root    string
	usage   string          // what cachegen -h prints
	flags   map[string]bool // of cachegen
	targets map[string]bool // of make
}

var (
	flagLine   = regexp.MustCompile(`(?m)^  -(\w+)`)
	targetLine = regexp.MustCompile(`(?m)^([a-z][\w-]*):(?:[^=]|$)`)
)

func newTree(t *testing.T, root string) *tree {
	t.Helper()
	cmd := exec.Command("go", "run", "./cmd/cachegen", "-h")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	usage, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	all := func(x *regexp.Regexp, src []byte) map[string]bool {
		out := map[string]bool{}
		for _, m := range x.FindAllSubmatch(src, -1) {
			out[string(m[1])] = true
		}
		return out
	}
	return &tree{root, string(usage), all(flagLine, usage), all(targetLine, makefile)}
}

func (x *tree) exists(name string) bool {
	_, err := os.Stat(filepath.Join(x.root, filepath.FromSlash(name)))
	return err == nil
}

// checkShell has bash read a block, and looks at the commands that are ours.
func checkShell(f *faults, x *tree, b *block) {
	cmd := exec.Command("bash", "-n")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdin = strings.NewReader(b.text)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(said.String(), "bash: "), "\n")
		line, msg := b.at(first)
		f.add(b.doc, line, "sh: %s", msg)
		return
	}
	dir, here := "", !b.is("run") // what runs elsewhere names files there
	for _, c := range commands(b.text) {
		if c.words[0] == "cd" && len(c.words) == 2 {
			dir = path.Join(dir, c.words[1])
			here = here && x.exists(dir)
			continue
		}
		for _, msg := range x.command(c.words, dir, here) {
			f.add(b.doc, b.line+c.line, "sh: %s", msg)
		}
	}
}

// command says what is wrong with a command that is run in a folder of the tree; here tells whether it is.
func (x *tree) command(words []string, dir string, here bool) (wrong []string) {
	for strings.Contains(words[0], "=") && len(words) > 1 {
		words = words[1:] // a variable of the environment
	}
	check := func(dir string) bool {
		if here && !x.exists(dir) {
			wrong = append(wrong, fmt.Sprintf("there is no folder %s", dir))
		}
		return here && x.exists(dir)
	}
	for i, w := range words[1:] {
		if w == "-C" && i+2 < len(words) {
			dir = path.Join(dir, words[i+2])
			here = check(dir)
			words = append(words[:i+1:i+1], words[i+3:]...)
			break
		}
	}
	switch path.Base(words[0]) {
	case "cachegen":
		wrong = append(wrong, x.cachegen(words[1:])...)
	case "make":
		for _, w := range words[1:] {
			if here && dir == "" && !strings.ContainsAny(w, "=-") && !x.targets[w] {
				wrong = append(wrong, fmt.Sprintf("make has no target %s", w))
			}
		}
	case "go":
		for i, w := range words {
			if local, ok := strings.CutPrefix(w, modulePath+"/"); ok {
				local, _, _ = strings.Cut(local, "@")
				if !x.exists(local) {
					wrong = append(wrong, fmt.Sprintf("there is no package %s", w))
				}
			} else if strings.HasPrefix(w, "./") || strings.HasPrefix(w, "../") {
				check(path.Join(dir, strings.TrimSuffix(w, "...")))
			}
			if path.Base(w) == "cachegen" && i > 1 && (words[1] == "tool" || words[1] == "run") {
				return append(wrong, x.cachegen(words[i+1:])...)
			}
		}
	}
	return wrong
}

// cachegen says which flags are none of the command's.
func (x *tree) cachegen(args []string) (wrong []string) {
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if strings.HasPrefix(a, "-") && name != "" && !x.flags[name] {
			wrong = append(wrong, fmt.Sprintf("cachegen has no flag -%s", name))
		}
	}
	return wrong
}

// shellCommand is the words of a command, and how many lines into its text it begins.
type shellCommand struct {
	line  int
	words []string
}

// commands takes a script apart, as far as documents need it: quotes, comments, continued lines, substitutions, and
// what stands between commands. It knows nothing of here-documents.
func commands(text string) []shellCommand {
	var out []shellCommand
	var c shellCommand
	var word strings.Builder
	line, begun := 0, false
	endWord := func() {
		if begun {
			c.words = append(c.words, word.String())
		}
		word.Reset()
		begun = false
	}
	endCommand := func() {
		endWord()
		if len(c.words) > 0 {
			out = append(out, c)
		}
		c = shellCommand{}
	}
	for i := 0; i < len(text); i++ {
		ch := text[i]
		if ch == '\n' {
			line++
		}
		switch {
		case ch == '\\' && i+1 < len(text):
			if i++; text[i] == '\n' {
				line++
			} else {
				word.WriteByte(text[i])
			}
		case ch == '\'' || ch == '"' || strings.HasPrefix(text[i:], "$("):
			closing := string(ch)
			if ch == '$' {
				closing = ")"
			}
			n := max(0, strings.Index(text[i+1:], closing))
			word.WriteString(text[i+1 : i+1+n])
			line += strings.Count(text[i+1:i+1+n], "\n")
			i, begun = i+n+1, true
		case ch == '#' && !begun:
			i += max(0, strings.IndexByte(text[i:], '\n')-1)
		case strings.IndexByte("\n;&|()", ch) >= 0:
			endCommand()
		case ch == ' ' || ch == '\t':
			endWord()
		default:
			if len(c.words) == 0 && !begun {
				c.line = line
			}
			word.WriteByte(ch)
			begun = true
		}
	}
	endCommand()
	return out
}
