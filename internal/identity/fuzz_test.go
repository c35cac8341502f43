package identity

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzClaims: whatever a provider says of a person is read within the lengths of 3.4.2.4, or refused by the claim's name without a word
// of it.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{`"u"`, `""`, `null`, `1`, `-1`, `1e3`, `1.0`, `01`, `true`, `["a"]`, `{"a":1}`, `" u\t"`, `"\u0000"`, `"\ud800"`, `"` + strings.Repeat("𠮷", 33) + `"`, `99999999999999999999`, `"１"`} {
		f.Add("u", seed)
		f.Add("1", seed)
	}
	f.Fuzz(func(t *testing.T, user, raw string) {
		said, err := json.Marshal(user)
		if err != nil || !json.Valid([]byte(raw)) {
			return
		}
		for _, claim := range []string{"name", "phone_number", "preferred_username", "user_type", "certificate_type", "certificate_no", "sub"} {
			var s claimSet
			if err := json.Unmarshal([]byte(`{"sub":`+string(said)+`,"`+claim+`":`+raw+`}`), &s); err != nil {
				t.Fatal(err)
			}
			citizen, err := s.citizen(Claims{}.withDefaults())
			if err != nil {
				if citizen != (Citizen{}) || !strings.Contains(err.Error(), "claim ") || len(raw) > 8 && strings.Contains(err.Error(), strings.Trim(raw, `"`)) {
					t.Errorf("%s %s: %+v, %v", claim, raw, citizen, err)
				}
				continue
			}
			for text, most := range map[string]int{citizen.UserID: 32, citizen.Name: 50, citizen.Phone: 50, citizen.Passport: 30, citizen.CertificateNo: 50} {
				if utf8.RuneCountInString(text) > most || !utf8.ValidString(text) || strings.TrimSpace(text) != text || strings.ContainsRune(text, 0) {
					t.Errorf("%s %s is read as %q", claim, raw, text)
				}
			}
			if citizen.UserID == "" || citizen.UserType < 0 || citizen.UserType > 1 || citizen.CertificateType < 0 || citizen.CertificateType > 999 {
				t.Errorf("%s %s is read as %+v", claim, raw, citizen)
			}
			_ = s.texts(claim)
		}
	})
}
