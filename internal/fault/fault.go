// Package fault is the one type of error that people are meant to read. Anything else is an internal error:
// the person gets a request id, the log gets the rest, once, at the edge.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says whose fault it is and what the caller can do about it.
type Kind int

const (
	// Internal is a fault of ours; it is never built here, it is what every other error counts as.
	Internal Kind = iota
	// Invalid is a request that is not acceptable: code 2.
	Invalid
	// Untrusted is a request whose sender can't be believed: code 3.
	Untrusted
	// Conflict is a request that a rule refuses: code -1.
	Conflict
	// Missing is an address or a thing that does not exist: code -1, status 404.
	Missing
	// TooMany is a caller over his rate: code -1, status 429.
	TooMany
	// Unavailable is something that is not possible now and will be later: code -1, status 503.
	Unavailable
)

// Violation is one fault of one field of a request.
type Violation struct {
	// Field is the path in the request, such as affair.affairCode or tagList[0].tagId.
	Field string `json:"field"`
	// Reason says in Chinese what would be right.
	Reason string `json:"reason"`
}

// Error is a fault with words for people.
type Error struct {
	Kind Kind
	// Message is Chinese and says what to do.
	Message string
	// Violations are all faults of an Invalid request.
	Violations []Violation
	// RetryAfter is when to come again, for TooMany and Unavailable.
	RetryAfter time.Duration
	// Undecided says that it may have been done all the same: who asks again may do it twice.
	Undecided bool
	cause     error
}

// Error is the message with its cause, for logs.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Message + ": " + e.cause.Error()
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// NewInvalid reports every violation of a request at once; its message names the first.
func NewInvalid(violations ...Violation) *Error {
	message := "参数不合法"
	if len(violations) > 0 {
		message += "：" + violations[0].Field + " " + violations[0].Reason
	}
	if len(violations) > 1 {
		message += fmt.Sprintf("（共 %d 处，见 errors）", len(violations))
	}
	return &Error{Kind: Invalid, Message: message, Violations: violations}
}

// NewInvalidPage is an Invalid request of a person, whom fields mean nothing; message says what to do.
func NewInvalidPage(message string) *Error { return &Error{Kind: Invalid, Message: message} }

// NewUntrusted refuses a signature; message says what about it is wrong.
func NewUntrusted(message string) *Error {
	return &Error{Kind: Untrusted, Message: "验签失败：" + message}
}

// NewConflict refuses by a rule.
func NewConflict(message string) *Error { return &Error{Kind: Conflict, Message: message} }

// NewMissing says that there is no such thing.
func NewMissing(message string) *Error { return &Error{Kind: Missing, Message: message} }

// NewTooMany asks the caller to slow down.
func NewTooMany(message string, retryAfter time.Duration) *Error {
	return &Error{Kind: TooMany, Message: message, RetryAfter: retryAfter}
}

// NewUnavailable asks the caller to come again; cause is for the log.
func NewUnavailable(message string, retryAfter time.Duration, cause error) *Error {
	return &Error{Kind: Unavailable, Message: message, RetryAfter: retryAfter, cause: cause}
}

// NewUndecided is NewUnavailable for what may have been done all the same.
func NewUndecided(message string, retryAfter time.Duration, cause error) *Error {
	return &Error{Kind: Unavailable, Message: message, RetryAfter: retryAfter, Undecided: true, cause: cause}
}

// IsUndecided says whether what failed with err may have been done all the same.
func IsUndecided(err error) bool {
	var f *Error
	return errors.As(err, &f) && f.Undecided
}

// KindOf gives the kind of err; Internal when it is not a fault of this package.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}
