package notice

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/followup"
)

// Whoever receives webhooks reads in the guide every type, state and field that can come.
func TestTheGuideKnowsWhatWebhooksSay(t *testing.T) {
	text, err := os.ReadFile("../../docs/integration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, guide, found := strings.Cut(string(text), "\n## 12. 接收工单通知\n")
	if !found {
		t.Fatal("docs/integration.md says nothing of webhooks")
	}
	guide, _, _ = strings.Cut(guide, "\n## ")
	var words []string
	for _, e := range Events() {
		words = append(words, "`"+webhookType(e)+"` ")
	}
	for _, state := range followup.States {
		words = append(words, "`"+string(state)+"` "+state.Word())
	}
	for _, of := range []any{message{}, facts{}, unitFacts{}} {
		for field := range reflect.TypeOf(of).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			words = append(words, `"`+name+`":`)
		}
	}
	for _, word := range words {
		if !strings.Contains(guide, word) {
			t.Errorf("the guide does not tell of %s", word)
		}
	}
}
