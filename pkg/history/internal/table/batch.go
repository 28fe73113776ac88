package table

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"vmmp/pkg/history"
)

// KeyHash returns an idempotency key as it is kept: a key of any length fits into an
// index.
func KeyHash(key string) []byte {
	hash := sha256.Sum256([]byte(key))
	return hash[:]
}

// Replay scans digest and ids of the batch that was appended with the key of b. It
// returns the receipt of that batch, which is not Replayed if there was none, or
// ErrKeyReused if that was another batch.
func Replay(b history.Batch, found interface{ Scan(...any) error }) (history.Receipt, error) {
	var digest []byte
	var ids string
	if err := found.Scan(&digest, &ids); errors.Is(err, sql.ErrNoRows) {
		return history.Receipt{}, nil
	} else if err != nil {
		return history.Receipt{}, err
	}
	if string(digest) != string(b.Digest[:]) {
		return history.Receipt{}, fmt.Errorf("%w: take a new key for them", history.ErrKeyReused)
	}
	receipt := history.Receipt{Replayed: true}
	if err := json.Unmarshal([]byte(ids), &receipt.IDs); err != nil {
		return history.Receipt{}, damaged("the ids of a batch", err)
	}
	return receipt, nil
}
