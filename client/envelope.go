package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer is how much of an answer is read; a real one has a few kilobytes.
const maxAnswer = 1 << 20

// Codes of an answer (错误码), 3.3.
const (
	CodeOK        = 0  // 成功: stored durably, or stored before
	CodeFailed    = -1 // 失败: refused by a rule, or not possible now
	CodeInvalid   = 2  // 参数不合法
	CodeSignature = 3  // 验签失败
)

// envelope is the form of every answer, 3.4.2.5, with the extensions errors and requestId.
type envelope struct {
	Code      *int            `json:"code"`
	Message   string          `json:"message"`
	Data      json.RawMessage `json:"data"`
	Errors    []FieldError    `json:"errors"`
	RequestID string          `json:"requestId"`
}

// FieldError is one fault of a message.
type FieldError struct {
	Field  string `json:"field"`  // the path within the message, such as affair.affairCode
	Reason string `json:"reason"` // what is wrong, in Chinese
}

// Error says what is wrong with which field.
func (e FieldError) Error() string { return e.Field + "：" + e.Reason }

// Error is an answer other than success.
type Error struct {
	HTTPStatus int
	Code       int           // CodeFailed, CodeInvalid or CodeSignature; CodeFailed when what answered was not the system
	Message    string        // Chinese, says what to do
	RequestID  string        // what the operator finds the request by; "" when the answer has none
	Errors     []FieldError  // with CodeInvalid, every fault of the message
	RetryAfter time.Duration // how long the system asks to pause; 0 when it does not say
}

// Error gives the message with the codes, the faulty fields and the request id.
func (e *Error) Error() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s (code %d, HTTP %d", e.Message, e.Code, e.HTTPStatus)
	if e.RequestID != "" {
		fmt.Fprintf(&b, ", request %s", e.RequestID)
	}
	b.WriteByte(')')
	for _, f := range e.Errors {
		fmt.Fprintf(&b, "; %s", f.Error())
	}
	return b.String()
}

// temporary says whether the same request may be answered otherwise later (contract: 5xx and 429).
func (e *Error) temporary() bool {
	return e.HTTPStatus >= 500 || e.HTTPStatus == http.StatusTooManyRequests
}

// read takes an answer apart: its data and request id, or an *Error, or another error when it broke off.
func read(answer *http.Response, now time.Time) (envelope, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return envelope{}, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > maxAnswer {
		return envelope{}, &Error{
			HTTPStatus: answer.StatusCode, Code: CodeFailed, Message: "应答过长",
			RequestID: answer.Header.Get("X-Request-Id"),
		}
	}
	var e envelope
	decodeErr := json.Unmarshal(body, &e)
	if e.RequestID == "" {
		e.RequestID = answer.Header.Get("X-Request-Id")
	}
	if decodeErr == nil && e.Code != nil && *e.Code == CodeOK && answer.StatusCode == http.StatusOK {
		return e, nil
	}
	refusal := &Error{
		HTTPStatus: answer.StatusCode, Code: CodeFailed, Message: e.Message, RequestID: e.RequestID, Errors: e.Errors,
		RetryAfter: retryAfter(answer.Header.Get("Retry-After"), now),
	}
	switch {
	case decodeErr != nil || e.Code == nil:
		refusal.Message = "应答不是好差评系统的报文，请检查地址和网络"
		refusal.Errors = nil
	case *e.Code != CodeOK:
		refusal.Code = *e.Code
	}
	return envelope{}, refusal
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	const most = 24 * time.Hour // of a wild number or date
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), int(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}

// asTemporary says of an error of once whether to send again after err: no answer, or a temporary one.
func asTemporary(err error) (again bool, pause time.Duration) {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.temporary(), refusal.RetryAfter
	}
	return true, 0
}
