package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	progressAfter = 300 * time.Millisecond // what takes no longer is not worth a word
	progressEvery = 100 * time.Millisecond
	clearLine     = "\r\x1b[K"
)

// progress says in one line of a terminal what a run is at, which is gone when it ends.
type progress struct {
	w    io.Writer
	stop func() // waits until nothing more is written

	mu   sync.Mutex
	text string
}

// onTerminal reports whether somebody watches w.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// showProgress begins to write to w, which is a terminal.
func showProgress(w io.Writer) *progress {
	p := &progress{w: w}
	end, ended := make(chan struct{}), make(chan struct{})
	p.stop = func() {
		close(end)
		<-ended
	}
	go func() {
		defer close(ended)
		p.show(end)
	}()
	return p
}

// is notes what the run is at: gen.Config.Progress.
func (p *progress) is(what string, done, of int) {
	text := what
	switch {
	case of == 1:
		text += " of 1 package"
	case of > 1 && done > 0:
		text += fmt.Sprintf(", %d of %d packages", done, of)
	case of > 1:
		text += fmt.Sprintf(" of %d packages", of)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
}

func (p *progress) show(end <-chan struct{}) {
	timer := time.NewTimer(progressAfter)
	defer timer.Stop()
	shown := ""
	for {
		select {
		case <-end:
			if shown != "" {
				fmt.Fprint(p.w, clearLine)
			}
			return
		case <-timer.C:
			timer.Reset(progressEvery)
		}
		p.mu.Lock()
		text := p.text
		p.mu.Unlock()
		if text != shown {
			fmt.Fprintf(p.w, "%scachegen: %s …", clearLine, text)
			shown = text
		}
	}
}
