package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/haochaping/haochaping/client"
)

// Verification is what came of sending every acknowledged review again. A server that keeps what it acknowledges
// answers each with the serial number of the first time (contract 6).
type Verification struct {
	Acknowledged int64 // to be sent again
	Same         int64 // answered with the same serial number
	Different    int64 // answered with another one: it was lost, and is now stored anew
	Refused      int64 // answered with another code than 0
	Unanswered   int64 // or not reached, since the run was cut short or nobody answers any more
	Duplicates   int64 // serial numbers that another review had got before
	Examples     []string
}

// OK says whether every acknowledged review is there, under a serial number of its own.
func (v *Verification) OK() bool { return v.Same == v.Acknowledged && v.Duplicates == 0 }

// verification is one under way.
type verification struct {
	run      *run
	receipts []receipt
	next     atomic.Int64
	mu       sync.Mutex // guards what follows
	result   Verification
	examples examples
	silent   int // how many in a row had no answer
}

func newVerification(r *run) *verification {
	v := &verification{run: r, receipts: r.result.receipts} // the callers have returned
	v.result.Acknowledged = int64(len(v.receipts))
	slices.SortFunc(v.receipts, func(a, b receipt) int { return bytes.Compare(a.serial[:], b.serial[:]) })
	for i := 1; i < len(v.receipts); i++ {
		if v.receipts[i].serial == v.receipts[i-1].serial {
			v.result.Duplicates++
			v.examples.add("流水号重复：" + v.receipts[i].text())
		}
	}
	return v
}

// work is one caller: it takes the next receipt, makes its review anew from the index, and submits it as an
// integrator does who had no answer: signed anew, and sent again while the server is busy.
func (v *verification) work(ctx context.Context) {
	for ctx.Err() == nil && !v.gone() {
		n := v.next.Add(1) - 1
		if n >= int64(len(v.receipts)) {
			return
		}
		r := &v.receipts[n]
		i := uint64(r.index)
		_, _, message := v.run.reviews.At(i, v.run.due(i))
		got, err := v.submit(ctx, message)
		if err != nil && ctx.Err() != nil {
			return
		}
		v.add(r, got.AffairEvalID, err)
	}
}

// gone says that nobody answers any more: as many in a row had no answer, however often they asked, as there are callers.
func (v *verification) gone() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.silent >= v.run.opts.Callers
}

func (v *verification) submit(ctx context.Context, message any) (client.Receipt, error) {
	switch m := message.(type) {
	case client.AffairEval:
		return v.run.client.SubmitAffair(ctx, m)
	case client.GuideEval:
		return v.run.client.SubmitGuide(ctx, m)
	case client.HotlineEval:
		return v.run.client.SubmitHotline(ctx, m)
	default:
		return client.Receipt{}, fmt.Errorf("no interface for %T", message)
	}
}

func (v *verification) add(r *receipt, serial string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silent++
	var refused *client.Error
	if err == nil || errors.As(err, &refused) {
		v.silent = 0
	}
	switch {
	case errors.As(err, &refused):
		v.result.Refused++
		v.examples.add(fmt.Sprintf("流水号 %s 的评价重发被拒：%s", r.text(), refused.Message))
	case err != nil:
		v.result.Unanswered++
		v.examples.add("重发无应答：" + err.Error())
	case serial != r.text():
		v.result.Different++
		v.examples.add(fmt.Sprintf("流水号 %s 的评价重发得到 %s", r.text(), serial))
	default:
		v.result.Same++
	}
}

// checking is a line of progress.
func (v *verification) checking() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	bad := v.result.Different + v.result.Refused + v.result.Unanswered
	return fmt.Sprintf("已核对 %d / %d，异常 %d", v.result.Same+bad, v.result.Acknowledged, bad)
}

// finish gives the result; what was not reached counts as unanswered.
func (v *verification) finish() *Verification {
	v.mu.Lock()
	defer v.mu.Unlock()
	result := v.result
	result.Unanswered = result.Acknowledged - result.Same - result.Different - result.Refused
	result.Examples = v.examples.texts()
	return &result
}
