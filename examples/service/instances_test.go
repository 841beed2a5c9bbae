package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/internal/servertest"
)

// TestMain lets the test binary be the service.
func TestMain(m *testing.M) {
	if os.Getenv("SERVICE") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestOneInstanceNeedsNothing(t *testing.T) {
	s := start(t)
	s.want("GET", "/products?category=china", "", 200, `"Teapot"`)
	s.want("POST", "/products/3/reviews", `{"stars": 5, "text": "Does not drip."}`, 201, "drip")
	s.want("GET", "/products/3/reviews", "", 200, "drip")
	s.want("DELETE", "/products/3", "", 204, "")
	s.want("GET", "/products/3/reviews", "", 404, "no such product")
	s.want("POST", "/products", `{"name": ""}`, 400, "needs a name")
	s.want("GET", "/healthz", "", 200, `"otter"`)
	if status, page := s.ask("GET", s.page, ""); status != 200 || !strings.Contains(page, "Catalogue.Reviews") {
		t.Errorf("the operators' page answers %d:\n%s", status, page)
	}
	if status, _ := s.ask("GET", s.base+"/debug/cachez/", ""); status != 404 {
		t.Errorf("the operators' page is open to the world: %d", status)
	}
}

// TestTwoInstancesOverRedis has two processes share a database and a Redis, which then dies and comes back.
func TestTwoInstancesOverRedis(t *testing.T) {
	redis := servertest.Redis(t)
	args := []string{"-redis", redis.Addr(), "-db", filepath.Join(t.TempDir(), "catalogue.db")}
	one, two := start(t, args...), start(t, args...)
	const path = "/products/1"
	put := func(s *service, name string) {
		t.Helper()
		s.want("PUT", path, `{"name": "`+name+`", "category": "tea"}`, 200, name)
		s.want("GET", path, "", 200, name) // who writes sees it at once,
	}
	sees := func(s *service, name string) { // and the others when the message has arrived
		t.Helper()
		s.eventually("sees "+name, func() bool {
			status, body := s.ask("GET", s.base+path, "")
			return status == 200 && strings.Contains(body, name)
		})
	}
	one.want("GET", path, "", 200, "Assam")
	two.want("GET", path, "", 200, "Assam")
	put(one, "Darjeeling")
	sees(two, "Darjeeling")
	two.want("GET", "/metrics", "", 200, `cachegen_method_requests_total{method="examples/service.Catalogue.Product"}`)

	redis.Kill()
	put(one, "Earl Grey")
	sees(two, "Earl Grey") // no message: it has noticed that there are none, and reads the database
	for _, s := range []*service{one, two} {
		s.want("GET", "/products?category=tea", "", 200, "Earl Grey")
		if health := s.health(); !health.OK || health.Cache[1].Problem == "" {
			t.Errorf("with Redis dead: %+v", health)
		}
	}

	redis.Restart()
	for _, s := range []*service{one, two} {
		s.eventually("uses Redis again", func() bool {
			s.want("GET", path, "", 200, "Earl Grey")
			health := s.health()
			return health.Cache[0].Off == "" && health.Cache[1].Problem == "" && health.Cache[1].Breaker == "closed"
		})
	}
	put(two, "Rooibos")
	sees(one, "Rooibos")
}

// service is a process of this program.
type service struct {
	t          *testing.T
	base, page string // URLs
}

// start starts the service and returns when it serves. When the test ends, it is told to end, and must do so without a
// complaint.
func start(t *testing.T, args ...string) *service {
	t.Helper()
	cmd := exec.Command(os.Args[0], append(args, "-addr", "127.0.0.1:0", "-debug", "127.0.0.1:0")...)
	cmd.Env = append(os.Environ(), "SERVICE=1")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the service does not say where it serves: %q, %v", first, err)
	}
	go io.Copy(io.Discard, lines)
	urls := regexp.MustCompile(`http://[\w.:/]*\w/?`).FindAllString(first, 2)
	return &service{t: t, base: urls[0], page: urls[1]}
}

func (s *service) ask(method, url, body string) (status int, answer string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (s *service) want(method, path, body string, status int, part string) {
	s.t.Helper()
	got, answer := s.ask(method, s.base+path, body)
	if got != status || !strings.Contains(answer, part) {
		s.t.Errorf("%s %s = %d %s, want %d with %q", method, path, got, answer, status, part)
	}
}

type healthAnswer struct {
	OK    bool
	Cache []struct{ Name, Problem, Breaker, Off string }
}

func (s *service) health() (h healthAnswer) {
	s.t.Helper()
	status, answer := s.ask("GET", s.base+"/healthz", "")
	if err := json.Unmarshal([]byte(answer), &h); err != nil || status != 200 || len(h.Cache) != 2 {
		s.t.Fatalf("/healthz = %d %s", status, answer)
	}
	return h
}

// eventually waits until is holds, for a long time, since machines stall.
func (s *service) eventually(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no instance that %s within a minute", what)
		}
	}
}
