package host

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A thread's time is some of its process's, and grows while it is busy.
func TestTimeOfThisProcess(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, thread := os.Getpid(), syscall.Gettid()
	before, err := ThreadTime(pid, thread)
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < 30*time.Millisecond; { // it is to be busy
	}
	after, err := ThreadTime(pid, thread)
	if err != nil || after <= before {
		t.Errorf("a busy thread's time went from %v to %v: %v", before, after, err)
	}
	if all, err := ProcessTime(pid); err != nil || all+clockTick < after-before {
		t.Errorf("the process took %v, a thread of it %v: %v", all, after-before, err)
	}
	if _, err := ThreadTime(pid, 1); pid != 1 && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a thread of another process: %v", err)
	}
	if _, err := ProcessTime(-1); err == nil {
		t.Error("of no process")
	}
}
