package history

import "testing"

func TestRedact(t *testing.T) {
	for location, want := range map[string]string{
		"":                                      "",
		"/var/lib/vmmp/history.db":              "/var/lib/vmmp/history.db",
		"a:b@c.db":                              "a:b@c.db",
		"postgres://host/db":                    "postgres://host/db",
		"postgres://me@host:5432/db":            "postgres://me@host:5432/db",
		"postgres://me:secret@host/db":          "postgres://me:xxxxx@host/db",
		"postgres://me:@host/db":                "postgres://me:xxxxx@host/db",
		"PostgreSQL://me:se:cr@et@host/db":      "PostgreSQL://me:xxxxx@host/db",
		"postgres://me:se/cr#e?t@host/db":       "postgres://me:xxxxx@host/db",
		"postgres://me:%zzsecret@host/db":       "postgres://me:xxxxx@host/db",
		"postgres://h/db?user=a&password=x@y&z": "postgres://h/db?user=a&password=xxxxx&z",
		"postgres://h/db?sslPassword=secret":    "postgres://h/db?sslPassword=xxxxx",
		"mysql://me:secret@host/db":             "mysql://me:xxxxx@host/db",
	} {
		if got := Redact(location); got != want {
			t.Errorf("Redact(%q) = %q, want %q", location, got, want)
		}
	}
}

func TestIsFile(t *testing.T) {
	for location, want := range map[string]bool{
		"": false, "history.db": true, "/a/b://c": true, "postgres://host/db": false, "mysql://host/db": false,
	} {
		if got := IsFile(location); got != want {
			t.Errorf("IsFile(%q) = %t", location, got)
		}
	}
}
