package identity

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The longest of each field (3.4.2.4, user), in characters and not in bytes, and one more.
func TestClaimsHaveTheLengthsOf3424(t *testing.T) {
	for _, tt := range []struct {
		claim string
		most  int
		got   func(Citizen) string
	}{
		{"sub", 32, func(c Citizen) string { return c.UserID }},
		{"name", 50, func(c Citizen) string { return c.Name }},
		{"phone_number", 50, func(c Citizen) string { return c.Phone }},
		{"preferred_username", 30, func(c Citizen) string { return c.Passport }},
		{"certificate_no", 50, func(c Citizen) string { return c.CertificateNo }},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			longest := strings.Repeat("𠮷", tt.most)
			citizen, err := read(t, map[string]any{"sub": "u", tt.claim: " " + longest + "\t"})
			if err != nil || tt.got(citizen) != longest {
				t.Errorf("%d characters: got %q, %v", tt.most, tt.got(citizen), err)
			}
			_, err = read(t, map[string]any{"sub": "u", tt.claim: longest + "张"})
			if err == nil || !strings.Contains(err.Error(), "claim "+tt.claim+" ") || strings.Contains(err.Error(), "张") {
				t.Errorf("%d characters: got %v, want a fault that names the claim and quotes nothing", tt.most+1, err)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	for _, tt := range []struct {
		name   string
		claims map[string]any
		want   Citizen
		fault  string
	}{
		{"only the user id", map[string]any{"sub": "u1"}, Citizen{UserID: "u1"}, ""},
		{
			"null and empty are not there",
			map[string]any{"sub": "u1", "name": nil, "phone_number": "", "user_type": nil, "certificate_no": "  "},
			Citizen{UserID: "u1"},
			"",
		},
		{
			"numbers as numbers",
			map[string]any{"sub": "u1", "user_type": 1, "certificate_type": 999},
			Citizen{UserID: "u1", UserType: 1, CertificateType: 999},
			"",
		},
		{
			"numbers as texts",
			map[string]any{"sub": "u1", "user_type": "1", "certificate_type": "010"},
			Citizen{UserID: "u1", UserType: 1, CertificateType: 10},
			"",
		},
		{
			"texts as numbers",
			map[string]any{"sub": 4401000001, "phone_number": 13800000000},
			Citizen{UserID: "4401000001", Phone: "13800000000"},
			"",
		},
		{"no user id", map[string]any{"name": "张三"}, Citizen{}, "claim sub is missing"},
		{"null user id", map[string]any{"sub": nil}, Citizen{}, "claim sub is missing"},
		{"blank user id", map[string]any{"sub": " 　"}, Citizen{}, "claim sub is missing"},
		{"a fraction", map[string]any{"sub": 1.5}, Citizen{}, "claim sub is no text"},
		{"an object", map[string]any{"sub": "u1", "name": map[string]any{"first": "三"}}, Citizen{}, "claim name is no text"},
		{"a truth", map[string]any{"sub": "u1", "user_type": true}, Citizen{}, "claim user_type is no text"},
		{"U+0000", map[string]any{"sub": "u\x001"}, Citizen{}, "claim sub holds U+0000"},
		{"user type 2", map[string]any{"sub": "u1", "user_type": 2}, Citizen{}, "claim user_type is no whole number from 0 to 1"},
		{"user type -1", map[string]any{"sub": "u1", "user_type": "-1"}, Citizen{}, "claim user_type is no whole number from 0 to 1"},
		{"certificate type 1000", map[string]any{"sub": "u1", "certificate_type": 1000}, Citizen{}, "claim certificate_type is no whole number from 0 to 999"},
		{"certificate type in words", map[string]any{"sub": "u1", "certificate_type": "身份证"}, Citizen{}, "claim certificate_type is no whole number from 0 to 999"},
		{
			"everything that is wrong",
			map[string]any{"name": true, "user_type": 7},
			Citizen{},
			"claim name is no text\nclaim user_type is no whole number from 0 to 1",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.claims)
			said := ""
			if err != nil {
				said = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || said != tt.fault {
				t.Errorf("got %q, want %q\n%s", said, tt.fault, diff)
			}
		})
	}
}

func read(t *testing.T, claims map[string]any) (Citizen, error) {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	var set claimSet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set.citizen(Claims{}.withDefaults())
}
