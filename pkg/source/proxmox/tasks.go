package proxmox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/source"
)

// task is one of migrating a VM.
type task struct {
	UPID   string `json:"upid"`
	Node   string `json:"node"`
	Type   string `json:"type"`
	ID     string `json:"id"`
	Start  number `json:"starttime"`
	End    number `json:"endtime"`
	Status string `json:"status"`
}

// migrationTask is the type of tasks that migrate VMs.
const migrationTask = "qmigrate"

// tasks asks a node for its tasks of migration: the active ones, or those of the archive, which are over, that were
// started since a moment.
func (s *Source) tasks(ctx context.Context, node, which, vm string, since time.Time) ([]task, error) {
	query := url.Values{"source": {which}, "typefilter": {migrationTask}, "limit": {"1000"}}
	if vm != "" {
		query.Set("vmid", vm)
	}
	if !since.IsZero() {
		query.Set("since", strconv.FormatInt(since.Unix(), 10))
	}
	var all []task
	err := s.get(ctx, &all, query, "nodes", node, "tasks")
	kept := all[:0]
	for _, t := range all {
		if t.Type == migrationTask && t.UPID != "" {
			kept = append(kept, t)
		}
	}
	return kept, err
}

// nodes returns the names of the nodes that are online.
func (s *Source) nodes(ctx context.Context) ([]string, error) {
	var all []struct {
		Node   string `json:"node"`
		Status string `json:"status"`
	}
	if err := s.get(ctx, &all, nil, "nodes"); err != nil {
		return nil, err
	}
	var names []string
	for _, n := range all {
		if n.Status == "online" {
			names = append(names, n.Node)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no node of the cluster is online")
	}
	return names, nil
}

const (
	// page is how many lines of a log are asked for at a time.
	page = 5000

	// most is how many lines of a log are read: a migration writes one a second.
	most = 200_000
)

// log returns what the log of a task tells.
func (s *Source) log(ctx context.Context, node, upid string) (Log, error) {
	var text strings.Builder
	for start := 0; start < most; start += page {
		var lines []struct {
			Text string `json:"t"`
		}
		query := url.Values{"start": {strconv.Itoa(start)}, "limit": {strconv.Itoa(page)}}
		if err := s.get(ctx, &lines, query, "nodes", node, "tasks", upid, "log"); err != nil {
			return Log{}, err
		}
		for _, line := range lines {
			text.WriteString(line.Text + "\n")
		}
		if len(lines) < page {
			break
		}
	}
	read, err := s.readLog([]byte(text.String()))
	if err != nil {
		return Log{}, fmt.Errorf("%w of task %s: %w", errLog, upid, err)
	}
	return read, nil
}

// errLog is the error of a log that cannot be read, however often.
var errLog = errors.New("read log")

// unsupported is the error of what needs the reader of logs that the source has not.
func unsupported(what string) error {
	return fmt.Errorf("%s: %w without a reader of task logs", what, source.ErrUnsupported)
}
