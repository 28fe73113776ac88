// Package client asks a running vmmp serve from Go: for the prediction of a migration, for a record to be kept of
// what came of one, and whether requests are welcome.
//
//	c, err := client.New("https://vmmp.example", client.Options{Token: os.Getenv("VMMP_TOKEN")})
//	if err != nil {
//		return err
//	}
//	p, err := c.Predict(ctx, features)     // before the migration
//	...
//	record.PredictionID = p.PredictionID
//	err = c.Record(ctx, []migration.Record{record}) // once it is over
//
// What comes back has been checked: a [prediction.Prediction] has all of its numbers, and a list of records was
// recorded to the last one, or there is an error.
//
// # Trying again
//
// A server that restarts, or is busy, is no reason for a caller to fail. Where nothing is changed by asking twice, a
// request is tried three times in all: if there is no connection, the answer breaks off, or the server is too busy to
// answer (429, 502, 503 and 504), and as soon as the server says, unless that is more than five seconds. That is so
// of Predict, which changes nothing, and of Record, whose Idempotency-Key has a server keep one record of two
// requests. Health asks once: what it is to find out is how the server is now.
//
// # Errors
//
// A call ends with its context, and then its error wraps the context's. What a server answered instead of success is
// an [Error]: its status, its words, and as [migration.Faults] what it found wrong with what was sent. Anything else
// says why there is no answer, or what was wrong with it.
//
// # What is kept from others
//
// A redirect is not followed, so that neither the token nor what is known of a VM gets to another host, and a POST
// does not become a GET. No error shows the token, or the user and password of the URL. Of an answer no more than a
// MiB is read, and what it says is shown as one short line.
package client
