package load

import (
	"errors"
	"testing"

	"github.com/haochaping/haochaping/client"
)

// A server that is gone is not waited for once for each of its reviews.
func TestVerifyingEndsWhenNobodyAnswers(t *testing.T) {
	r := &run{opts: Options{Callers: 3}, result: newResult()}
	r.result.receipts = make([]receipt, 10)
	v := newVerification(r)
	nobody := errors.New("connection refused")
	for _, err := range []error{nobody, nobody, &client.Error{Message: "忙"}, nobody, nobody} {
		v.add(&v.receipts[0], "", err)
		if v.gone() {
			t.Fatal("it is given up though somebody answered")
		}
	}
	v.add(&v.receipts[0], "", nobody)
	if !v.gone() {
		t.Fatal("it goes on though nobody answers")
	}
	v.work(t.Context()) // would ask a server that there is not
	if got := v.finish(); got.Unanswered != 9 || got.Refused != 1 || got.OK() {
		t.Errorf("got %+v, want 9 without an answer and one refused", got)
	}
}
