package config

import (
	"net/url"
	"slices"
	"strings"
)

// hidden stands where a secret would.
const hidden = "(hidden)"

// hide returns a secret as it may be shown, and whether there is one.
func hide(secret string) (string, bool) {
	if secret == "" {
		return "", false
	}
	return hidden, true
}

// withoutPassword returns the history as it may be shown, and whether a password was
// taken out. What looks like a URL and is none is hidden whole.
func withoutPassword(history string) (string, bool) {
	if !strings.Contains(history, "://") {
		return history, false
	}
	u, err := url.Parse(history)
	if err != nil || u.Opaque != "" {
		return hidden, true
	}
	_, found := u.User.Password()
	if found {
		u.User = url.User(u.User.Username())
	}
	given := strings.Split(u.RawQuery, "&")
	kept := slices.DeleteFunc(slices.Clone(given), isPassword)
	if !found && len(kept) == len(given) {
		return history, false
	}
	u.RawQuery = strings.Join(kept, "&")
	return u.String(), true
}

// isPassword reports whether a parameter of a URL is a password, or hard to tell
// from one: PostgreSQL knows password and sslpassword.
func isPassword(parameter string) bool {
	name, _, _ := strings.Cut(parameter, "=")
	plain, err := url.QueryUnescape(name)
	return err != nil || strings.Contains(strings.ToLower(plain), "password")
}

// withoutPasswords hides the passwords in addresses of places.
func withoutPasswords(places string) (string, bool) {
	words, some := strings.Fields(places), false
	for i, word := range words {
		kind, address, _ := strings.Cut(word, ":")
		if shown, found := withoutPassword(address); found {
			words[i], some = kind+":"+shown, true
		}
	}
	if !some {
		return places, false
	}
	return strings.Join(words, " "), true
}
