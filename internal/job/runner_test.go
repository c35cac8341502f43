package job_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
)

// queue hands out one job and keeps how it was ended.
type queue struct {
	job.Queue
	claimed *job.Claimed
	kinds   []string
	lease   time.Duration
	words   string
	retry   time.Duration
	ended   bool
	ctx     error
	back    time.Duration
}

func (q *queue) ClaimJob(_ context.Context, kinds []string, lease time.Duration) (*job.Claimed, error) {
	q.kinds, q.lease = kinds, lease
	return q.claimed, nil
}

func (q *queue) FinishJob(ctx context.Context, _ *job.Claimed, words string, retry time.Duration) error {
	q.words, q.retry, q.ended, q.ctx = words, retry, true, ctx.Err()
	return nil
}

func (q *queue) PutBackJob(_ context.Context, _ *job.Claimed, pause time.Duration) error {
	q.back = pause
	return nil
}

// step does one attempt of a job by do.
func step(t *testing.T, ctx context.Context, attempt int, do func(context.Context, *job.Claimed) error) (q *queue, log string) {
	t.Helper()
	q = &queue{claimed: &job.Claimed{ID: "j1", Kind: "mail", Attempt: attempt}}
	var text strings.Builder
	r := job.NewRunner(q, time.Now, slog.New(slog.NewTextHandler(&text, nil)),
		job.Handler{Kind: "mail", Limit: time.Minute, Do: do}, job.Handler{Kind: "hook", Limit: 5 * time.Minute, Do: do})
	if did, err := r.Step(ctx); !did || err != nil {
		t.Fatalf("step: %v, %v", did, err)
	}
	if fmt.Sprint(q.kinds) != "[mail hook]" || q.lease <= 5*time.Minute {
		t.Errorf("claimed %v for %v, want both kinds for longer than any may take", q.kinds, q.lease)
	}
	return q, text.String()
}

func TestAnAttemptEnds(t *testing.T) {
	secret := errors.New("dial 10.0.0.1 for somebody@example.com")
	for _, c := range []struct {
		name    string
		attempt int
		err     error
		words   string
		retry   time.Duration
	}{
		{"done", 1, nil, "", 0},
		{"a fault for people", 1, fault.NewUnavailable("连不上邮件服务器", 0, secret), "连不上邮件服务器", time.Minute},
		{"any other error", 2, secret, "内部错误，详见日志", 5 * time.Minute},
		{"the third", 3, secret, "内部错误，详见日志", 30 * time.Minute},
		{"the last but one", 6, secret, "内部错误，详见日志", 24 * time.Hour},
		{"the last", 7, secret, "内部错误，详见日志", -1},
		{"hopeless", 1, job.GiveUp(fault.NewConflict("地址不存在")), "地址不存在", -1},
		{"hopeless within", 1, fmt.Errorf("deliver: %w", job.GiveUp(secret)), "内部错误，详见日志", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, log := step(t, t.Context(), c.attempt, func(context.Context, *job.Claimed) error { return c.err })
			if !q.ended || q.words != c.words || q.retry != c.retry {
				t.Errorf("ended %v with %q, %v; want %q, %v", q.ended, q.words, q.retry, c.words, c.retry)
			}
			if (log != "") != (c.err != nil) {
				t.Errorf("logged %q", log)
			}
		})
	}
}

func TestAJobThatWasNotTriedIsPutBack(t *testing.T) {
	q, log := step(t, t.Context(), 7, func(context.Context, *job.Claimed) error { return fmt.Errorf("deliver: %w", job.Later(14*time.Second)) })
	if q.ended || q.back != 14*time.Second || log != "" {
		t.Errorf("ended %v, put back for %v; logged %q", q.ended, q.back, log)
	}
}

func TestAPanicEndsOneJob(t *testing.T) {
	q, log := step(t, t.Context(), 1, func(context.Context, *job.Claimed) error { panic("slip") })
	if q.words == "" || q.retry != time.Minute || !strings.Contains(log, "slip") {
		t.Errorf("got %q, %v; logged %q", q.words, q.retry, log)
	}
}

func TestAJobHasALimit(t *testing.T) {
	_, _ = step(t, t.Context(), 1, func(ctx context.Context, _ *job.Claimed) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Minute {
			t.Errorf("the limit is %v, %v", deadline, ok)
		}
		return nil
	})
}

func TestAStopIsNoFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	q, log := step(t, ctx, 2, func(ctx context.Context, _ *job.Claimed) error {
		cancel()
		return ctx.Err()
	})
	if q.retry != 0 || q.words == "" || q.ctx != nil || log != "" {
		t.Errorf("got %q, %v, %v; logged %q", q.words, q.retry, q.ctx, log)
	}
}

func TestNothingIsDue(t *testing.T) {
	q := &queue{}
	r := job.NewRunner(q, time.Now, slog.New(slog.DiscardHandler))
	if did, err := r.Step(t.Context()); did || err != nil || q.ended {
		t.Errorf("did %v, %v", did, err)
	}
}
