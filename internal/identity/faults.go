package identity

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"golang.org/x/oauth2"
)

// What a person reads when a login does not come to its end. The cause is for the log: it never holds a code, a token or
// anything about the person.

// restart is a login that can't be believed; a new one may be.
func restart(cause error) error {
	return because(&fault.Error{Kind: fault.Untrusted, Message: "登录没有完成，请重新扫码登录"}, cause)
}

// givenUp is a person's own decision.
func givenUp() error {
	return fault.NewConflict("您已取消登录；需要评价时，请重新扫码登录")
}

// unfit is a person whom the provider describes in a way that the specification can't hold.
func unfit(cause error) error {
	return because(fault.NewConflict("登录没有完成：统一身份认证给出的身份信息不完整或不合规，请告诉工作人员"), cause)
}

// later is a provider that can't be reached now.
func later(cause error) error {
	return fault.NewUnavailable("统一身份认证暂时无法使用，请稍后重新扫码登录", 5*time.Second, cause)
}

func because(f *fault.Error, cause error) error { return fmt.Errorf("%w: %w", f, cause) }

// exchangeFault gives an error of the token endpoint its meaning. The endpoint's own words are left out: some quote what they
// were sent.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return later(fmt.Errorf("exchange the code: %w", plain(err)))
	}
	status := refused.Response.StatusCode
	cause := fmt.Errorf("exchange the code: status %d, error %q", status, errorName(refused.ErrorCode))
	switch {
	case status >= 500 || status == 429:
		return later(cause)
	case refused.ErrorCode == "invalid_grant": // expired, used before, or not ours
		return restart(cause)
	default:
		return cause // such as invalid_client: the operator's to mend
	}
}

// callbackFault gives the error with which the provider sent the person back its meaning (OpenID Connect Core 3.1.2.6).
func callbackFault(code string) error {
	cause := fmt.Errorf("provider answered error %q", errorName(code))
	switch code {
	case "access_denied":
		return givenUp()
	case "server_error", "temporarily_unavailable":
		return later(cause)
	default:
		return restart(cause)
	}
}

// errorName is an error code of OAuth as it may stand in a log: it comes from outside.
func errorName(code string) string {
	if len(code) > 40 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "(unreadable)"
	}
	return code
}

// longest is the most bytes of a library's words in a log: some quote a whole answer.
const longest = 300

// plain is an error of a library, cut.
func plain(err error) error {
	if text := err.Error(); len(text) > longest {
		return errors.New(strings.ToValidUTF8(text[:longest], "") + "…")
	}
	return err
}

// outside says whether err is of the way to the provider and not of what it said.
func outside(err error) bool {
	var request *url.Error
	return errors.As(err, &request) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
