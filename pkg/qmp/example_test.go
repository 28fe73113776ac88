package qmp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"

	"vmmp/pkg/qmp"
)

// fakeQEMU returns the client's side of a connection in memory, whose other side greets with the first line and answers
// each command with the next.
func fakeQEMU(lines ...string) net.Conn {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		commands := bufio.NewScanner(server)
		for _, line := range lines {
			if _, err := fmt.Fprintln(server, line); err != nil || !commands.Scan() {
				return
			}
		}
	}()
	return client
}

const greeting = `{"QMP": {"version": {"qemu": {"major": 10, "minor": 0, "micro": 2}}, "capabilities": []}}`

func Example() {
	ctx := context.Background()
	c, err := qmp.NewClient(ctx, fakeQEMU(greeting, `{"return": {}, "id": 1}`,
		`{"return": {"status": "active", "ram": {"remaining": 1048576}}, "id": 2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	var info struct {
		Status string
		RAM    struct{ Remaining int64 }
	}
	if err := c.Execute(ctx, "query-migrate", nil, &info); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("QEMU %v: %s, %d bytes to go\n", c.Version(), info.Status, info.RAM.Remaining)
	// Output: QEMU 10.0.2: active, 1048576 bytes to go
}

func ExampleClient_Events() {
	ctx := context.Background()
	c, err := qmp.NewClient(ctx, fakeQEMU(greeting, `{"return": {}, "id": 1}`+"\n"+
		`{"event": "MIGRATION", "data": {"status": "active"}, "timestamp": {"seconds": 1, "microseconds": 0}}`+"\n"+
		`{"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 250000}}`, `{"return": {}, "id": 2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Execute(ctx, "cont", nil, nil); err != nil {
		fmt.Println(err)
	}
	c.Close() // the events that have come are still there
	for e := range c.Events() {
		fmt.Println(e.At.UTC().Format("05.000"), e.Name, string(e.Data))
	}
	// Output:
	// 01.000 MIGRATION {"status": "active"}
	// 01.250 STOP
}

func ExampleError() {
	ctx := context.Background()
	c, err := qmp.NewClient(ctx, fakeQEMU(greeting, `{"return": {}, "id": 1}`,
		`{"error": {"class": "CommandNotFound", "desc": "The command query-x has not been found"}, "id": 2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	err = c.Execute(ctx, "query-x", nil, nil)
	if refused, ok := errors.AsType[*qmp.Error](err); ok && refused.Class == qmp.CommandNotFound {
		fmt.Println("this QEMU has no", refused.Command)
	}
	// Output: this QEMU has no query-x
}
