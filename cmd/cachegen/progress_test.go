//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestProgressIsOneLineThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := showProgress(&out)
		p.is("listing packages", 0, 0)
		time.Sleep(time.Second)
		p.is("loading types", 0, 12)
		time.Sleep(time.Second)
		p.is("generating", 3, 12)
		time.Sleep(time.Second)
		p.is("generating", 1, 1)
		time.Sleep(time.Second)
		p.stop()
		want := ""
		for _, text := range []string{"listing packages", "loading types of 12 packages", "generating, 3 of 12 packages", "generating of 1 package"} {
			want += "\r\x1b[Kcachegen: " + text + " …"
		}
		if got := out.String(); got != want+"\r\x1b[K" {
			t.Errorf("wrote %q, want %q and an empty line", got, want)
		}
	})
}

func TestWhatIsQuickGetsNoWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := showProgress(&out)
		p.is("listing packages", 0, 0)
		time.Sleep(progressAfter - 1)
		p.stop()
		if out.Len() > 0 {
			t.Errorf("wrote %q", out.String())
		}
	})
}

// terminal opens a pseudo-terminal: what is written to tty can be read from other.
func terminal(t *testing.T) (tty, other *os.File) {
	t.Helper()
	other, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	if err := unix.IoctlSetPointerInt(int(other.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(other.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return tty, other
}

func TestATerminalIsToldApart(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, other := terminal(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if !onTerminal(tty) {
		t.Error("a terminal is taken for none")
	}
	for name, w := range map[string]io.Writer{"a pipe": w, "the null device": null, "a buffer": new(bytes.Buffer)} {
		if onTerminal(w) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
	// A run of the whole command, of a module's only package, which takes its time.
	run := runner{dir: "../../internal/behaviour/near", out: io.Discard, err: tty}
	slow := showProgress(tty)
	slow.is("waiting", 0, 0)
	time.Sleep(2 * progressAfter)
	slow.stop()
	if code := run.run(t.Context(), []string{"-check", "."}); code != exitFine {
		t.Errorf("exit code %d", code)
	}
	fmt.Fprint(tty, "the end")
	var text string
	for said := make([]byte, 1<<16); !strings.HasSuffix(text, "the end"); {
		n, err := other.Read(said)
		if err != nil {
			t.Fatal(err)
		}
		text += string(said[:n])
	}
	if !strings.Contains(text, "cachegen: waiting …") || !strings.HasSuffix(text, clearLine+"the end") {
		t.Errorf("the terminal shows %q", text)
	}
	t.Setenv("TERM", "dumb")
	if onTerminal(tty) {
		t.Error("a dumb terminal gets control sequences")
	}
}
