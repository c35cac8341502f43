// Package audit knows who did what: entries in a chain, each of which holds a hash of all before it, so that one that is
// missing or was altered is found. Personal data never go in.
package audit

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is one thing that was done, or one that was looked at where looking is noted.
type Entry struct {
	// At is when, to a microsecond. The store fills it, and never lets it run back.
	At time.Time
	// Actor is a login; "system" is nobody: a background round or a command.
	Actor string
	// Action names what was done by a short word with dots, such as case.close or review.unmask; Object what it was done to,
	// such as case:0C3…. Both are what a search asks for.
	Action, Object string
	// Before and After are what changed, in words or as JSON, personal data masked. Reason is what the actor gave.
	Before, After, Reason string
	// Request is the id of the request, Address where it came from.
	Request, Address string
}

// System is the actor where nobody is.
const System = "system"

// The most characters of an entry's texts; what is longer is cut and ends with an ellipsis.
const (
	maxWord   = 128
	maxObject = 256
	maxText   = 4000
)

// Trimmed gives the entry as it is kept: in whole microseconds, no longer than it may be, in characters that every database
// keeps as they are.
func (e Entry) Trimmed() Entry {
	e.At = time.UnixMicro(e.At.UnixMicro())
	for text, most := range map[*string]int{
		&e.Actor: maxWord, &e.Action: maxWord, &e.Request: maxWord, &e.Address: maxWord, &e.Object: maxObject,
		&e.Before: maxText, &e.After: maxText, &e.Reason: maxText,
	} {
		*text = cut(*text, most)
	}
	return e
}

func cut(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// Origin is who is behind what goes on in a context.
type Origin struct{ Actor, Request, Address string }

type originKey struct{}

// With gives a context in which origin is behind what goes on.
func With(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// From gives who is behind what goes on; the zero value when nobody was named.
func From(ctx context.Context) Origin {
	origin, _ := ctx.Value(originKey{}).(Origin)
	return origin
}

// By fills in what an entry leaves open from the origin of a context; without an actor it is System.
func (e Entry) By(ctx context.Context) Entry {
	origin := From(ctx)
	for field, value := range map[*string]string{&e.Actor: origin.Actor, &e.Request: origin.Request, &e.Address: origin.Address} {
		if *field == "" {
			*field = value
		}
	}
	if e.Actor == "" {
		e.Actor = System
	}
	return e
}
