package proxmox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/internal/webapi"
)

const upid = "UPID:pve1:0002A4B1:03A1B2C3:69290000:qmigrate:101:root@pam:"

// archived is the list of a node's tasks that are over.
func archived(tasks ...string) string { return `{"data":[` + strings.Join(tasks, ",") + `],"total":1}` }

func over(upid, vm, status string) string {
	return fmt.Sprintf(`{"upid":%q,"node":"pve1","pid":173233,"pstart":60928707,"starttime":1764298800,"endtime":1764298834,`+
		`"type":"qmigrate","id":%q,"user":"root@pam","status":%q}`, upid, vm, status)
}

// watched is a cluster with a log of the task.
func watched(t *testing.T, log string) *fake {
	t.Helper()
	f := newFake(t)
	text, err := os.ReadFile("testdata/log.json")
	if err != nil {
		t.Fatal(err)
	}
	if log == "" {
		log = string(text)
	}
	for _, node := range []string{"pve1", "pve2"} {
		f.set("/nodes/"+node+"/tasks", archived())
		f.set("/nodes/"+node+"/tasks/"+upid+"/log", log)
	}
	return f
}

// rounds makes so many rounds of a watcher, and returns what it tells.
func rounds(t *testing.T, w *watcher, n int) []source.Ended {
	t.Helper()
	var told []source.Ended
	for range n {
		if err := w.round(t.Context(), func(e source.Ended) { told = append(told, e) }); err != nil {
			t.Fatal(err)
		}
	}
	return told
}

func newWatcher(s *Source) *watcher {
	return &watcher{source: s, seen: map[string]map[string]time.Time{}, tries: map[string]int{}}
}

func TestMigrationsThatEnd(t *testing.T) {
	f := watched(t, "")
	old := strings.Replace(upid, "0002A4B1", "00000001", 1)
	f.set("/nodes/pve1/tasks", archived(over(old, "102", "OK")))
	w := newWatcher(f.open(t, Options{ReadLog: readLog}))
	if told := rounds(t, w, 2); len(told) != 0 {
		t.Fatalf("what was over before: %+v", told)
	}
	f.set("/nodes/pve1/tasks", archived(over(old, "102", "OK"), over(upid, "101", "OK")))
	told := rounds(t, w, 3)
	if len(told) != 1 {
		t.Fatalf("%+v", told)
	}
	e := told[0]
	if e.VM.ID != "101" || e.VM.Name != "web-1" || e.Record.Outcome.DowntimeMS != 87 || e.Record.Outcome.Status != migration.Completed ||
		e.Record.Source != migration.SourceProxmox || e.Record.Group != "101" || e.Record.At.Unix() != 1764298834 ||
		e.Began.Unix() != 1764298800 || e.Reason != "" {
		t.Errorf("%+v", e)
	}
	asked := strings.Join(f.asked, "\n")
	if !strings.Contains(asked, "limit=1000&since=") || !strings.Contains(asked, "source=archive&typefilter=qmigrate") || strings.Contains(asked, "pve3/tasks") {
		t.Errorf("%s", asked)
	}
}

// What comes of tasks that fail, of logs that cannot be read or had, and of VMs that did not run.
func TestOtherEnds(t *testing.T) {
	for name, test := range map[string]struct {
		log, status string
		told        int
		want        migration.Status
		reason      string
	}{
		"failed":        {`{"data":[{"n":1,"t":"starting online/live migration"}]}`, "migration problems", 1, migration.Failed, "migration problems"},
		"did not run":   {`{"data":[{"n":1,"t":"starting migration of VM 101"}]}`, "OK", 0, "", ""},
		"unreadable":    {`{"data":[{"n":1,"t":"unreadable"}]}`, "OK", 1, migration.StatusUnknown, "read log of task " + upid + ": another locale"},
		"no such thing": {`{"data":7}`, "OK", 1, migration.StatusUnknown, "it answers in a form that is not known"},
	} {
		f := watched(t, test.log)
		w := newWatcher(f.open(t, Options{ReadLog: readLog}))
		rounds(t, w, 1)
		f.set("/nodes/pve1/tasks", archived(over(upid, "101", test.status)))
		told := rounds(t, w, 6)
		if len(told) != test.told {
			t.Errorf("%s: %+v", name, told)
			continue
		}
		if len(told) == 1 && (told[0].Record.Outcome.Status != test.want || !strings.Contains(told[0].Reason, test.reason) || !math.IsNaN(told[0].Record.Outcome.DowntimeMS)) {
			t.Errorf("%s: %+v", name, told[0])
		}
	}
}

// A node that does not answer holds up no other.
func TestNodeThatDoesNotAnswer(t *testing.T) {
	f := watched(t, "")
	w := newWatcher(f.open(t, Options{ReadLog: readLog}))
	rounds(t, w, 1)
	f.fail("/nodes/pve2/tasks", 595)
	f.set("/nodes/pve1/tasks", archived(over(upid, "101", "OK")))
	if told := rounds(t, w, 2); len(told) != 1 {
		t.Errorf("%+v", told)
	}
	f.fail("/nodes/pve1/tasks", 595)
	if err := w.round(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "it answers 595") {
		t.Errorf("%v", err)
	}
}

func TestWatch(t *testing.T) {
	f := watched(t, "")
	s := f.open(t, Options{ReadLog: readLog, Poll: 5 * time.Millisecond})
	ctx, end := context.WithCancel(t.Context())
	told, ended := make(chan source.Ended, 9), make(chan error)
	go func() { ended <- s.Watch(ctx, func(e source.Ended) { told <- e }) }()
	time.Sleep(100 * time.Millisecond)
	f.set("/nodes/pve2/tasks", archived(over(upid, "101", "OK")))
	if e := <-told; e.VM.ID != "101" {
		t.Errorf("%+v", e)
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	f.fail("/nodes", 500)
	if err := s.Watch(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), "watch: ask http") {
		t.Errorf("of a cluster that is away: %v", err)
	}
	time.AfterFunc(10*time.Millisecond, func() { _ = s.Close() })
	if err := s.Watch(t.Context(), nil); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}

func TestProgress(t *testing.T) {
	f := watched(t, "")
	f.set("/nodes/pve1/tasks", archived(fmt.Sprintf(`{"upid":%q,"node":"pve1","type":"qmigrate","id":"101","starttime":1764298800,"status":"RUNNING"}`, upid)))
	p, err := f.open(t, Options{ReadLog: readLog}).Progress(t.Context(), source.VM{ID: "101"})
	if err != nil || p.Sample.TransferredMiB != 281.4 || p.Started.Unix() != 1764298800 || p.VM.Name != "web-1" {
		t.Errorf("%+v, %v", p, err)
	}
	if asked := strings.Join(f.asked, "\n"); !strings.Contains(asked, "source=active&typefilter=qmigrate&vmid=101") {
		t.Errorf("%s", asked)
	}
	s := f.open(t, Options{})
	if _, err := s.Progress(t.Context(), source.VM{ID: "101"}); !errors.Is(err, source.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	if err := s.Watch(t.Context(), nil); !errors.Is(err, source.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		url, token, ca string
		want           error
	}{
		{"pve1:8006", token, "", ErrURL}, {"https://me:secret@pve1:8006", token, "", ErrURL},
		{"https://pve1:8006", "", "", ErrToken}, {"https://pve1:8006", "root@pam=secret", "", ErrToken},
		{"https://pve1:8006", "root@pam!a=secret\n", "", ErrToken}, {"https://pve1:8006", token, "none.pem", os.ErrNotExist},
		{"https://pve1:8006", token, "fake_test.go", webapi.ErrCA},
	} {
		if _, err := Open(test.url, Options{Token: test.token, CAFile: test.ca}); !errors.Is(err, test.want) || strings.Contains(err.Error(), "=secret") {
			t.Errorf("%+v: %v", test, err)
		}
	}
	s, err := Open("https://pve1:8006", Options{Token: "PVEAPIToken=" + token})
	if err != nil || s.token != token {
		t.Errorf("%v", err)
	}
}

// What is wrong with a server is said in one line.
func TestServersAtFault(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		is     error
		want   string
	}{
		"expired token": {401, "", source.ErrDenied, "not permitted (401 Unauthorized): give an API token"},
		"forbidden":     {403, `{"data":null,"message":"Permission check failed (/, Sys.Audit)\n"}`, source.ErrDenied, "not permitted (403 Permission check failed (/, Sys.Audit)): give the token"},
		"another site":  {404, "<html>", errNotProxmox, "it does not answer as a Proxmox VE"},
		"a page":        {200, "<html>", errNotProxmox, "it does not answer as a Proxmox VE"},
		"no data":       {200, "{}", errNotProxmox, "it does not answer as a Proxmox VE"},
		"cut":           {200, `{"data":[{"vmid":1`, errNotProxmox, ""},
		"redirect":      {301, "", errNotProxmox, "(301)"},
		"another form":  {200, `{"data":"x"}`, nil, "it answers in a form that is not known"},
		"no route":      {595, "", nil, "it answers 595"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		s, err := Open(server.URL, Options{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.List(t.Context())
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
		if _, err = s.List(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("%v", err)
		}
	}
}

func TestHungServer(t *testing.T) {
	hung := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hung }))
	t.Cleanup(func() { close(hung); server.Close() })
	s, err := Open(server.URL, Options{Token: token, Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := s.List(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second || !strings.HasSuffix(err.Error(), "no answer within 100ms: context deadline exceeded") {
		t.Errorf("%v", err)
	}
}
