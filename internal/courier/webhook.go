package courier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

// Limits on a webhook's receiver.
const (
	hookTimeout    = 15 * time.Second
	hookConnect    = 5 * time.Second
	hookMaxHeader  = 16 << 10
	hookMaxAnswer  = 64 << 10 // what is read of an answer; nobody looks at it
	hookUserAgent  = "haochaping-webhook/1"
	secretPrefix   = "whsec_"
	statusRedirect = 300
)

// Hooks sends webhooks, signed as standard-webhooks has it (https://www.standardwebhooks.com).
type Hooks struct{ secure, plain *http.Client }

// NewHooks makes a sender. It follows no redirects, uses no proxy, and dials no private address but those in own. roots are the
// authorities that are trusted; nil is the system's.
func NewHooks(own []netip.Prefix, roots *x509.CertPool) *Hooks {
	client := func(g *gate) *http.Client {
		dialer := &net.Dialer{Timeout: hookConnect, Control: g.control}
		return &http.Client{
			Timeout: hookTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
			Transport: &http.Transport{
				DialContext: dialer.DialContext, TLSHandshakeTimeout: hookConnect, ResponseHeaderTimeout: hookTimeout,
				MaxResponseHeaderBytes: hookMaxHeader, DisableKeepAlives: true, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			},
		}
	}
	return &Hooks{client(&gate{own: own}), client(&gate{own: own, ownOnly: true})}
}

// Post sends one message; see notice.Courier. Any answer of 2xx is taken for having arrived.
func (h *Hooks) Post(ctx context.Context, p notice.Post) error {
	signature, err := sign(p)
	if err != nil {
		return job.GiveUp(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return job.GiveUp(errors.New("a webhook's address can't be read")) // the error would show it
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", hookUserAgent)
	request.Header.Set("Webhook-Id", p.ID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(p.At.Unix(), 10))
	request.Header.Set("Webhook-Signature", signature)
	client := h.secure
	if request.URL.Scheme == "http" {
		client = h.plain
	}
	response, err := client.Do(request)
	if err != nil {
		return hookFault(err)
	}
	defer response.Body.Close()                                              //nolint:errcheck // the status tells
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, hookMaxAnswer)) // so that the receiver sees no broken line
	switch code := response.StatusCode; {
	case code >= http.StatusOK && code < statusRedirect:
		return nil
	case code == http.StatusGone:
		return job.GiveUp(fault.NewConflict("对方答复 410：该地址已停用"))
	case code >= statusRedirect && code < http.StatusBadRequest:
		return job.GiveUp(fault.NewConflict(fmt.Sprintf("对方答复 %d：要求转到别处，系统不跟随，请直接填写最终的地址", code)))
	default:
		return fault.NewUnavailable(fmt.Sprintf("对方答复 %d", code), 0, nil)
	}
}

// sign is the signature: HMAC-SHA256 over id, moment and body.
func sign(p notice.Post) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return "", errors.New("a webhook's secret can't be read")
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%d.%s", p.ID, p.At.Unix(), p.Body) // never fails
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// hookFault says in words why nothing arrived. Neither words nor cause hold the address: it may hold a secret of the receiver's.
func hookFault(err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err
	}
	var certificate *tls.CertificateVerificationError
	var network net.Error
	var name *net.DNSError
	switch {
	case errors.Is(err, errForbidden):
		return job.GiveUp(fault.NewConflict("该地址指向内部网络，不予发送；确需发送请由运维人员在 webhook-networks 中允许"))
	case errors.As(err, &certificate):
		return fault.NewUnavailable("对方的证书不可信或已过期", 0, nil)
	case errors.As(err, &name):
		return fault.NewUnavailable("对方的域名无法解析", 0, nil)
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fault.NewUnavailable("对方没有在 15 秒内答复", 0, nil)
	}
	return fault.NewUnavailable("连不上对方", 0, errors.New(kindOf(err)))
}

// kindOf names an error of the network without the address it was about.
func kindOf(err error) string {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Err != nil {
		return operation.Op + ": " + operation.Err.Error()
	}
	return fmt.Sprintf("%T", err)
}
