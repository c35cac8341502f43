package client

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// HallQR gives the address that goes into the dynamic QR code on an affair's receipt: whoever scans it logs in and
// reviews the affair (3.4.1, contract 5). base is the system's address. The error joins a FieldError for every
// parameter that does not keep to 3.4.1.4.
func HallQR(base, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return qrAddress(base, "/ping/hallqr.html", appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// PadQR is HallQR for the counter's tablet, where nobody logs in.
func PadQR(base, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	return qrAddress(base, "/ping/pb/hallqr.html", appCode, workNo, hallCode, affairSerialNo, affairCode)
}

// qrPart is a row of the table 3.4.1.4, all required. The parts are joined by "-", so only the serial number, which is
// what is left in the middle, may contain one.
type qrPart struct {
	name   string
	most   int // characters
	hyphen bool
	value  string
}

func qrAddress(base, page, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error) {
	parts := []qrPart{
		{"appCode", 10, false, appCode},
		{"workNo", 10, false, workNo},
		{"hallCode", 20, false, hallCode},
		{"affairSerialNo", 50, true, affairSerialNo},
		{"affairCode", 32, false, affairCode},
	}
	var faults []error
	encoded := make([]string, len(parts))
	for i, p := range parts {
		value := strings.TrimSpace(p.value)
		if reason := p.fault(value); reason != "" {
			faults = append(faults, FieldError{Field: p.name, Reason: reason})
		}
		encoded[i] = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	}
	if len(faults) > 0 {
		return "", errors.Join(faults...)
	}
	return strings.TrimRight(base, "/") + page + "?msg=" + strings.Join(encoded, "-"), nil
}

func (p qrPart) fault(value string) string {
	switch {
	case value == "":
		return "不能为空"
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return "不是有效的 UTF-8 文字"
	case utf8.RuneCountInString(value) > p.most:
		return "最多 " + strconv.Itoa(p.most) + " 个字符"
	case !p.hyphen && strings.Contains(value, "-"):
		return "不能包含“-”"
	default:
		return ""
	}
}
