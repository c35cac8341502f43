// Package respond writes answers: the specification's envelope (3.2, 3.3), and what an error means to HTTP. An error
// that is no fault is logged here, once.
package respond

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Codes of the envelope (3.3).
const (
	CodeSuccess   = 0
	CodeFailed    = -1
	CodeInvalid   = 2
	CodeUntrusted = 3
)

// messageLength is the most characters of a message (3.4.2.5: String(100)).
const messageLength = 100

// Envelope is every answer of an interface (contract.md 2).
type Envelope struct {
	// Code is 0 成功, 2 参数不合法, 3 验签失败, -1 失败.
	Code int `json:"code"`
	// Message is Chinese, at most 100 characters, and says what to do.
	Message string `json:"message"`
	// Data is there on success only.
	Data any `json:"data,omitempty"`
	// Errors are all faults of a request that is not acceptable (code 2).
	Errors []fault.Violation `json:"errors,omitempty"`
	// RequestID stands in the header X-Request-Id and in every log line of the request, too.
	RequestID string `json:"requestId"`
}

// headerRequestID is X-Request-Id.
const headerRequestID = "X-Request-Id"

// Identify gives the request an id, in its answer's headers.
func Identify(w http.ResponseWriter) { w.Header()[headerRequestID] = []string{rand.Text()} }

// RequestID is the id that Identify gave.
func RequestID(w http.ResponseWriter) string {
	if ids := w.Header()[headerRequestID]; len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Appender is data that writes itself as JSON, for the one answer that is given more often than all others.
type Appender interface {
	AppendJSON(to []byte) []byte
}

// Data answers code 0 with data.
func Data(w http.ResponseWriter, data any) int {
	if own, ok := data.(Appender); ok {
		return answer(w, http.StatusOK, CodeSuccess, func(buffer *bytes.Buffer) {
			text := append(buffer.AvailableBuffer(), `{"code":0,"message":"成功","data":`...)
			text = append(own.AppendJSON(text), `,"requestId":"`...)
			text = append(append(text, RequestID(w)...), "\"}\n"...)
			buffer.Write(text)
		})
	}
	return write(w, http.StatusOK, &Envelope{Code: CodeSuccess, Message: "成功", Data: data, RequestID: RequestID(w)})
}

// ErrCutOff is the cause of a fault.Unavailable of a request that did not arrive whole: anybody can send one, so the log warns nobody.
var ErrCutOff = errors.New("the request did not arrive whole")

// Error answers what err means, and gives the code it answered. An error that is no fault is an internal one: the caller
// gets a request id, the log gets the rest.
func Error(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) int {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = &fault.Error{Kind: fault.Internal, Message: "系统内部错误，请稍后用同一请求重试，并把 requestId 告诉我们"}
	}
	code, status := meaning(f.Kind)
	level := slog.LevelInfo
	switch f.Kind {
	case fault.Internal:
		if level = slog.LevelError; r.Context().Err() != nil && errors.Is(err, context.Canceled) {
			level = slog.LevelInfo // the caller hung up
		}
	case fault.Unavailable:
		if !errors.Is(err, ErrCutOff) {
			level = slog.LevelWarn
		}
	default:
		err = f // a fault's own words hold nothing personal; a wrapped cause might
	}
	log.LogAttrs(r.Context(), level, "refused", slog.String("requestId", RequestID(w)),
		slog.String("path", r.URL.Path), slog.Int("code", code), slog.Int("status", status), slog.Any("error", err))
	if f.RetryAfter > 0 {
		RetryAfter(w, f.RetryAfter)
	}
	return write(w, status, &Envelope{
		Code: code, Message: cut(f.Message), Errors: f.Violations, RequestID: RequestID(w),
	})
}

// RetryAfter says when to come again: in whole seconds, one at least, and never too early.
func RetryAfter(w http.ResponseWriter, pause time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(pause.Seconds())))))
}

// Refuse answers -1 with a status of the transport's own.
func Refuse(w http.ResponseWriter, status int, message string) int {
	return write(w, status, &Envelope{Code: CodeFailed, Message: message, RequestID: RequestID(w)})
}

func meaning(kind fault.Kind) (code, status int) {
	switch kind {
	case fault.Invalid:
		return CodeInvalid, http.StatusOK
	case fault.Untrusted:
		return CodeUntrusted, http.StatusOK
	case fault.Conflict:
		return CodeFailed, http.StatusOK
	case fault.Missing:
		return CodeFailed, http.StatusNotFound
	case fault.TooMany:
		return CodeFailed, http.StatusTooManyRequests
	case fault.Unavailable:
		return CodeFailed, http.StatusServiceUnavailable
	default:
		return CodeFailed, http.StatusInternalServerError
	}
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func write(w http.ResponseWriter, status int, envelope *Envelope) int {
	return answer(w, status, envelope.Code, func(buffer *bytes.Buffer) {
		encoder := json.NewEncoder(buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(envelope); err != nil {
			panic(err) // our own types always encode
		}
	})
}

func answer(w http.ResponseWriter, status, code int, encode func(buffer *bytes.Buffer)) int {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	encode(buffer)
	header := w.Header()
	header["Content-Type"] = contentType
	header["Content-Length"] = []string{strconv.Itoa(buffer.Len())}
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // a caller that hung up loses his answer only
	return code
}

// contentType is 3.2's, without its misprint.
var contentType = []string{"application/json;charset=utf-8"}

func cut(message string) string {
	if utf8.RuneCountInString(message) <= messageLength {
		return message
	}
	return string([]rune(message)[:messageLength-1]) + "…"
}
