package postgres

import "testing"

func TestNumbered(t *testing.T) {
	if got := numbered("a = ? AND b < ? LIMIT ?"); got != "a = $1 AND b < $2 LIMIT $3" {
		t.Error(got)
	}
}
