package api

import (
	"net/http"
	"time"
)

// The groups of operations in the document.
const (
	tagPredict = "predict"
	tagMemory  = "memory"
	tagService = "service"
)

// answer is the output of an operation that has no headers of its own.
type answer[T any] struct{ Body T }

// bodyErrors are the ways in which a body can be refused, for the document.
var bodyErrors = []int{
	http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity,
}

// patience bounds how long an operation waits for its turn, or for the history to say that it is well.
const patience = time.Second
