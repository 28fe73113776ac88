package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText refuses what no name, path or key holds on purpose. A line end is
// easily caught when a secret is copied from a file.
func checkText(typed string) error {
	if !utf8.ValidString(typed) {
		return errors.New("must be valid UTF-8")
	}
	if strings.ContainsFunc(typed, unicode.IsControl) {
		return errors.New("must be free of control characters, such as a line end")
	}
	return nil
}

func checkAddr(typed string) error {
	host, port, err := net.SplitHostPort(typed)
	if err != nil || !isPort(port) || !isHost(host) {
		return errors.New("must be host:port, such as :8001, 127.0.0.1:8001 or [::1]:8001, with a port from 0 to 65535")
	}
	return nil
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// isHost reports whether text may be a name or an IP address, without brackets. Empty stands for all interfaces.
func isHost(s string) bool {
	if strings.Contains(s, ":") {
		_, err := netip.ParseAddr(s)
		return err == nil
	}
	return checkText(s) == nil && !strings.ContainsAny(s, " /[]@")
}

func checkHistory(typed string) error {
	if err := checkText(typed); err != nil {
		return err
	}
	scheme, _, isURL := strings.Cut(typed, "://")
	if !isURL {
		return nil
	}
	if _, err := url.Parse(typed); err != nil || scheme != "postgres" && scheme != "postgresql" {
		return errors.New("must be a file, none, or a URL such as postgres://user:password@host/database " +
			"with special characters written as %XX")
	}
	return nil
}

// quote returns what somebody wrote as one short line.
func quote(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "?") + "..."
	}
	return fmt.Sprintf("%q", text)
}
