package history

import (
	"regexp"
	"strings"
)

// IsFile reports whether a location is the path of a file, there or not yet, rather
// than a URL.
func IsFile(location string) bool { return location != "" && !urlScheme.MatchString(location) }

var (
	urlScheme     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	queryPassword = regexp.MustCompile(`(?i)([?&](?:ssl)?password=)[^&]*`)
)

// Redact returns a location as messages may show it: with xxxxx for the password of a
// URL. A URL that can be read in two ways rather loses more than its password.
func Redact(location string) string {
	scheme := urlScheme.FindString(location)
	if scheme == "" {
		return location
	}
	rest := location[len(scheme):]
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if colon := strings.IndexByte(rest[:at], ':'); colon >= 0 {
			rest = rest[:colon] + ":xxxxx" + rest[at:]
		}
	}
	return scheme + queryPassword.ReplaceAllString(rest, "${1}xxxxx")
}
