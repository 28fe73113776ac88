package history

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// keyHash is how an idempotency key is kept: a key of any length has a place in
// an index.
func keyHash(key string) []byte {
	hash := sha256.Sum256([]byte(key))
	return hash[:]
}

// replay reads digest and ids of the batch that has the key of b. It answers that
// batch's receipt, ErrKeyReused if it is another batch, and a receipt that is not
// Replayed if there is none.
func replay(b Batch, found interface{ Scan(...any) error }) (Receipt, error) {
	var digest []byte
	var ids string
	if err := found.Scan(&digest, &ids); errors.Is(err, sql.ErrNoRows) {
		return Receipt{}, nil
	} else if err != nil {
		return Receipt{}, err
	}
	if string(digest) != string(b.Digest[:]) {
		return Receipt{}, fmt.Errorf("%w: take a new key for them", ErrKeyReused)
	}
	receipt := Receipt{Replayed: true}
	if err := json.Unmarshal([]byte(ids), &receipt.IDs); err != nil {
		return Receipt{}, damagedRow{"the ids of a batch", err}
	}
	return receipt, nil
}
