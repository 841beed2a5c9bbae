//go:build unix

package servertest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 15 * time.Second // for one process to answer; generous, since CI machines stall
	portTries  = 10
	pollEvery  = 10 * time.Millisecond
)

// Server is one server process.
type Server struct {
	t       testing.TB
	binary  string
	args    func(s *Server) []string
	probe   func(addr string) error // nil: it answers
	dir     string
	port    int
	busPort int

	process *exec.Cmd
	exited  chan struct{} // closed when process has been waited for
}

// Addr is the host:port at which the server listens. It stays the same across Restart.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Port is the port of Addr.
func (s *Server) Port() int { return s.port }

// Kill ends the process at once, as a crash would. Killing a dead server does nothing.
func (s *Server) Kill() {
	s.t.Helper()
	s.kill()
}

// Restart starts the server again at the same address with no data, killing it first if it is still there, and
// returns when it answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.kill()
	deadline := time.Now().Add(startLimit)
	for {
		err := s.launch()
		if err == nil {
			return
		}
		// The port may be in another process's hands for a moment, as the local end of a connection.
		if time.Now().After(deadline) {
			s.t.Fatalf("restart %s on port %d: %v", s.binary, s.port, err)
		}
		time.Sleep(10 * pollEvery)
	}
}

// Pause stops the process without ending it: the kernel still accepts connections for it, and nobody answers.
func (s *Server) Pause() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
}

// Resume ends Pause.
func (s *Server) Resume() {
	s.t.Helper()
	s.signal(syscall.SIGCONT)
}

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal %v to %s: %v", sig, s.binary, err)
	}
}

func (s *Server) kill() {
	if s.process == nil {
		return
	}
	s.process.Process.Kill() // fails only where the process is gone, which is what we want
	<-s.exited
	s.process = nil
}

// start runs binary on a free port and returns when it answers. args and probe see the server with its ports set.
func start(t testing.TB, binary, install string, args func(*Server) []string, probe func(string) error) *Server {
	t.Helper()
	path, err := exec.LookPath(binary)
	if err != nil {
		t.Fatalf("%s is not installed, and this test needs it: %s", binary, install)
	}
	s := &Server{t: t, binary: path, args: args, probe: probe, dir: t.TempDir()}
	for range portTries {
		// Between our asking and the server's listening somebody else may take a port: then try others.
		if s.port, err = port(t); err != nil {
			continue
		}
		if s.busPort, err = port(t); err != nil {
			continue
		}
		if err = s.launch(); err == nil {
			t.Cleanup(s.kill) // after which the ports are free
			return s
		}
	}
	t.Fatalf("start %s: %v", binary, err)
	return nil
}

var errExited = errors.New("exited")

// launch starts the process on the ports chosen before and waits until it answers.
func (s *Server) launch() error {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.binary, s.args(s)...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait() // its status says nothing that the log does not
		close(exited)
	}()
	s.process, s.exited = cmd, exited

	err = waitFor(startLimit, func() error {
		select {
		case <-exited:
			return errExited
		default:
			return s.probe(s.Addr())
		}
	})
	select {
	case <-exited: // another server on the same port may have answered in its place
		err = errExited
	default:
	}
	if err != nil {
		s.kill()
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w; its log ends with:\n%s", err, tail(text, 10))
	}
	return nil
}

// waitFor calls ready until it returns nil or limit has passed. errExited ends the wait at once.
func waitFor(limit time.Duration, ready func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ready()
		if err == nil || errors.Is(err, errExited) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v: %w", limit, err)
		}
		time.Sleep(pollEvery)
	}
}

func tail(text []byte, lines int) []byte {
	all := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], []byte("\n"))
}
