package guest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The serial protocol: each request is a line "NUMBER VERB [ARGUMENTS]", each reply a line "NUMBER ok [RESULT]" or
// "NUMBER error WHY". The number is the asker's, and tells a reply to this request from one that was left on the line
// by an earlier one.
//
//	ping                          ok vmmp-guest 1
//	set cpu=0.5 resident=200 ...  ok, once the memory is filled and the workload runs
//	stat                          ok total_mib=... (see Stat)
//	sum                           ok sum=..., the hash of the resident memory; the workload stays stopped
//	stop, go                      ok, the workload stopped or running
const greeting = "vmmp-guest 1"

// maxLine is the length in bytes that no line of the protocol reaches.
const maxLine = 4096

// serveLine answers the requests that come on a line until reading or writing fails. Empty lines are left out: they end
// what half a line an earlier asker left behind.
func serveLine(line io.ReadWriter, answer func(verb, arguments string) (string, error)) error {
	in := bufio.NewReaderSize(line, maxLine)
	for {
		request, err := readLine(in)
		if err != nil {
			return fmt.Errorf("serve serial line: %w", err)
		}
		if request == "" {
			continue
		}
		if _, err := io.WriteString(line, reply(request, answer)); err != nil {
			return fmt.Errorf("serve serial line: %w", err)
		}
	}
}

// readLine reads the next line that is shorter than maxLine, without its end.
func readLine(in *bufio.Reader) (string, error) {
	whole := true
	for {
		part, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			whole = false
		case err != nil:
			return "", err
		case whole:
			return strings.TrimSpace(string(part)), nil
		default:
			whole = true
		}
	}
}

// reply returns the line that answers a request.
func reply(request string, answer func(verb, arguments string) (string, error)) string {
	first, rest, _ := strings.Cut(request, " ")
	number, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return fmt.Sprintf("0 error %q does not begin with its number; write NUMBER VERB\n", first)
	}
	verb, arguments, _ := strings.Cut(rest, " ")
	result, err := answer(verb, arguments)
	if err != nil {
		return fmt.Sprintf("%d error %s\n", number, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return strings.TrimSpace(fmt.Sprintf("%d ok %s", number, result)) + "\n"
}

// readReply takes the reply to a request out of a line. mine is false for a line that answers another request, or none:
// a terminal that is not raw yet sends the request back. An error is what the guest refused the request with.
func readReply(line string, number uint64) (result string, mine bool, err error) {
	first, rest, _ := strings.Cut(line, " ")
	if first != strconv.FormatUint(number, 10) {
		return "", false, nil
	}
	verdict, text, _ := strings.Cut(rest, " ")
	switch verdict {
	case "ok":
		return text, true, nil
	case "error":
		return "", true, errors.New(text)
	}
	return "", false, nil
}
