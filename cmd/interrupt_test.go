package cmd

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// patience is a context that ends when it has been asked so many times whether it
// has: in the middle of the work, however fast the machine.
type patience struct {
	context.Context
	cancel context.CancelFunc
	calls  atomic.Int64
	enough int64
}

func newPatience(ctx context.Context, enough int64) *patience {
	p := &patience{enough: enough}
	p.Context, p.cancel = context.WithCancel(ctx)
	return p
}

func (p *patience) Err() error {
	if p.calls.Add(1) >= p.enough {
		p.cancel()
	}
	return p.Context.Err()
}

// Wherever training is interrupted, the file that was there stays as it was, and
// nothing is left beside it.
func TestTrainInterrupted(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.vmmp")
	args := []string{"train", "--samples", "200", "--trees", "10", "--cv", "2", "--out", path}

	whole := newPatience(t.Context(), 1<<60)
	c := newFakeEnv(args...)
	if code := execute(whole, &c.env); code != exitOK {
		t.Fatalf("exit %d: %s", code, c.errs.String())
	}
	const old = "an older model"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	for eighth := range int64(8) {
		ctx := newPatience(t.Context(), 1+whole.calls.Load()*eighth/8)
		c := newFakeEnv(args...)
		if code := execute(ctx, &c.env); code != exitInterrupted {
			t.Errorf("after %d/8 of the training: exit %d", eighth, code)
		}
		if c.out.Len() > 0 || c.errs.String() != "vmmp: interrupted: no model was written\n" {
			t.Errorf("after %d/8: stdout %q, stderr %q", eighth, c.out.String(), c.errs.String())
		}
		holdsOnly(t, folder, "model.vmmp", old)
	}
}

// holdsOnly checks that a folder holds one file with the content.
func holdsOnly(t *testing.T, folder, name, content string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("%s holds %v", folder, entries)
	}
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil || string(data) != content {
		t.Errorf("%s is no longer what it was: %d bytes, %v", name, len(data), err)
	}
}

func TestPredictRowsInterrupted(t *testing.T) {
	rows := strings.Repeat("75\n", 2*chunk)
	c := newFakeEnv("predict", "--input", "-", "-o", "ndjson")
	c.stdin = strings.NewReader("cpu_load\n" + rows)
	if code := execute(newPatience(t.Context(), 2), &c.env); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	if got := c.errs.String(); got != "vmmp: interrupted\n" {
		t.Errorf("stderr %q", got)
	}
	if answered := strings.Count(c.out.String(), "\n"); answered > chunk {
		t.Errorf("%d rows answered after the interrupt", answered)
	}
}

// A pipe that nobody writes to does not hold the program.
func TestInterruptedWhileReading(t *testing.T) {
	silent, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	c := newFakeEnv("predict", "--input", "-")
	c.stdin = startled{silent, cancel}
	if code := execute(ctx, &c.env); code != exitInterrupted || c.out.Len() > 0 {
		t.Errorf("exit %d, stdout %q", code, c.out.String())
	}
}

// startled tells when somebody begins to read.
type startled struct {
	io.Reader
	begun func()
}

func (s startled) Read(p []byte) (int, error) {
	s.begun()
	return s.Reader.Read(p)
}

func TestAwait(t *testing.T) {
	if v, err := await(t.Context(), func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	if _, err := await(t.Context(), func() (int, error) { return 0, errPlain }); !errors.Is(err, errPlain) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := make(chan struct{})
	if _, err := await(ctx, func() (int, error) { <-never; return 0, errPlain }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(never)
}
