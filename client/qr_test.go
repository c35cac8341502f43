package client_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/signature"
	"pgregory.net/rapid"
)

func TestQRAddress(t *testing.T) {
	got, err := client.HallQR("https://h/", "app1", "01 6", "hall&#", "GZ-2026-1+办", "4401%")
	if want := "https://h/ping/hallqr.html?msg=app1-01%206-hall%26%23-GZ-2026-1%2B%E5%8A%9E-4401%25"; err != nil || got != want {
		t.Errorf("HallQR: got %s, %v, want %s", got, err, want)
	}
	got, err = client.PadQR("https://h", "app1", "016", "hall", "S1", "4401")
	if want := "https://h/ping/pb/hallqr.html?msg=app1-016-hall-S1-4401"; err != nil || got != want {
		t.Errorf("PadQR: got %s, %v, want %s", got, err, want)
	}
}

// Contract 5: k is the signature of the message as the page reads it.
func TestSignedQRAddress(t *testing.T) {
	const secret = "test-token-0123456789abcdef"
	for page, sign := range map[string]func(base, secret, appCode, workNo, hallCode, affairSerialNo, affairCode string) (string, error){
		"https://h/ping/hallqr.html": client.SignedHallQR, "https://h/ping/pb/hallqr.html": client.SignedPadQR,
	} {
		got, err := sign("https://h/", secret, "gzga01", "01 6", " hall&# ", "GZ-2026-1+办", "4401%")
		want := page + "?msg=gzga01-01%206-hall%26%23-GZ-2026-1%2B%E5%8A%9E-4401%25&k=28f191f2457654a7"
		if err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); !signature.ValidCodeKey(secret, q.Get("msg"), q.Get("k")) {
			t.Errorf("%s is not signed as it is read", got)
		}
		if got, err := sign("https://h", secret, "a", "b", "c", "d", ""); err == nil {
			t.Errorf("without an affair's code: got %s", got)
		}
		var fault client.FieldError
		if got, err := sign("https://h", "", "a", "b", "c", "d", "e"); !errors.As(err, &fault) || fault.Field != "secret" || got != "" {
			t.Errorf("without a secret: got %s, %v", got, err)
		}
	}
}

func TestQRAddressReportsEveryFault(t *testing.T) {
	_, err := client.HallQR("https://h", strings.Repeat("数", 11), "a-b", " ", strings.Repeat("-", 51), "\xff")
	var got []client.FieldError
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("got %v, want joined errors", err)
	}
	for _, e := range joined.Unwrap() {
		var f client.FieldError
		if !errors.As(e, &f) {
			t.Fatalf("got %v, want a FieldError", e)
		}
		got = append(got, f)
	}
	want := []client.FieldError{
		{Field: "appCode", Reason: "最多 10 个字符"},
		{Field: "workNo", Reason: "不能包含“-”"},
		{Field: "hallCode", Reason: "不能为空"},
		{Field: "affairSerialNo", Reason: "最多 50 个字符"},
		{Field: "affairCode", Reason: "不是有效的 UTF-8 文字"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A code with a control character in it would be printed and could be read by no page.
func TestQRAddressHoldsNoControlCharacters(t *testing.T) {
	for _, workNo := range []string{"01\t006", "01\n006", "01\x7f006", "01\u0085006"} {
		var f client.FieldError
		if _, err := client.HallQR("https://h", "gzga01", workNo, "4401", "S1", "C1"); !errors.As(err, &f) ||
			f != (client.FieldError{Field: "workNo", Reason: "不能有控制字符"}) {
			t.Errorf("%q: got %v", workNo, err)
		}
	}
}

// Contract 5: the first three parts and the last are cut off, what is left in the middle is the serial number.
func TestQRAddressComesApartAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringMatching(`[0-9A-Za-z+&%#=/?办 ]{0,8}[0-9A-Z]`)
		parts := []string{
			plain.Draw(t, "appCode"), plain.Draw(t, "workNo"), plain.Draw(t, "hallCode"),
			rapid.StringMatching(`[-0-9A-Z办 +]{0,49}[-0-9A-Z]`).Draw(t, "affairSerialNo"), plain.Draw(t, "affairCode"),
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		address, err := client.HallQR("https://h", parts[0], parts[1], parts[2], parts[3], parts[4])
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		msg := strings.Split(u.Query().Get("msg"), "-")
		got := append(append([]string{}, msg[:3]...), strings.Join(msg[3:len(msg)-1], "-"), msg[len(msg)-1])
		if diff := cmp.Diff(parts, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
