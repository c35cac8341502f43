package client

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/signature"
)

// HallQR gives the address that goes into the dynamic QR code on an affair's receipt: whoever scans it logs in and
// reviews the affair (3.4.1, contract 5). base is the system's address. The error joins a FieldError for every
// parameter that does not keep to 3.4.1.4.
func HallQR(base, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return qrAddress(base, hallPage, "", appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// PadQR is HallQR for the counter's tablet, where nobody logs in.
func PadQR(base, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return qrAddress(base, padPage, "", appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// SignedHallQR is HallQR with a signature, so that nobody else can make codes in the app's name: secret is the app's. A
// system can require it of an app; a review by a code without one is unverified (待核验) until the system learns of the
// affair.
func SignedHallQR(base, secret, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return signedAddress(base, hallPage, secret, appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// SignedPadQR is SignedHallQR for the counter's tablet, where nobody logs in.
func SignedPadQR(base, secret, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return signedAddress(base, padPage, secret, appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// signedAddress never makes a code without a signature for want of a secret.
func signedAddress(base, page, secret, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	address, err := qrAddress(base, page, secret, appCode, workNo, hallCode, affairSerialNo, affairCode)
	if secret == "" {
		return "", errors.Join(FieldError{Field: "secret", Reason: "不能为空"}, err)
	}
	return address, err
}

// The pages behind dynamic codes (3.4.1.2).
const (
	hallPage = "/ping/hallqr.html"
	padPage  = "/ping/pb/hallqr.html"
)

// qrPart is a row of the table 3.4.1.4, all required. The parts are joined by "-", so only the serial number, which is
// what is left in the middle, may contain one.
type qrPart struct {
	name   string
	most   int // characters
	hyphen bool
	value  string
}

// qrAddress signs the address when there is a secret. What is signed is the message as the page reads it: decoded once.
func qrAddress(base, page, secret, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	parts := []qrPart{
		{"appCode", 10, false, appCode},
		{"workNo", 10, false, workNo},
		{"hallCode", 20, false, hallCode},
		{"affairSerialNo", 50, true, affairSerialNo},
		{"affairCode", 32, false, affairCode},
	}
	var faults []error
	if !isBase(base) {
		faults = append(faults, FieldError{Field: "base", Reason: "应形如 https://haochaping.example.gov.cn"})
	}
	plain, encoded := make([]string, len(parts)), make([]string, len(parts))
	for i, p := range parts {
		value := strings.TrimSpace(p.value)
		if reason := p.fault(value); reason != "" {
			faults = append(faults, FieldError{Field: p.name, Reason: reason})
		}
		plain[i] = value
		encoded[i] = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	}
	if len(faults) > 0 {
		return "", errors.Join(faults...)
	}
	address := strings.TrimRight(base, "/") + page + "?msg=" + strings.Join(encoded, "-")
	if secret != "" {
		address += "&k=" + signature.CodeKey(secret, strings.Join(plain, "-"))
	}
	return address, nil
}

func (p qrPart) fault(value string) string {
	switch {
	case value == "":
		return "不能为空"
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return "不是有效的 UTF-8 文字"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "不能有控制字符"
	case utf8.RuneCountInString(value) > p.most:
		return "最多 " + strconv.Itoa(p.most) + " 个字符"
	case !p.hyphen && strings.Contains(value, "-"):
		return "不能包含“-”"
	default:
		return ""
	}
}
