package load_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/load"
)

func TestOptionsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*load.Options)
		want   string
	}{
		{"no target", func(o *load.Options) { o.Target = "" }, "目标地址"},
		{"another scheme", func(o *load.Options) { o.Target = "ftp://127.0.0.1" }, "目标地址"},
		{"another machine", func(o *load.Options) { o.Target = "http://192.0.2.1:1" }, "不是本机"},
		{"another machine by name", func(o *load.Options) { o.Target = "https://localhost.example.com" }, "不是本机"},
		{"no secret", func(o *load.Options) { o.Secret = "" }, "密钥"},
		{"no end", func(o *load.Options) { o.Count = 0 }, "时长或数量"},
		{"rate", func(o *load.Options) { o.Rate = -1 }, "速率"},
		{"rate", func(o *load.Options) { o.Rate = math.NaN() }, "速率"},
		{"callers", func(o *load.Options) { o.Callers = -1 }, "并发数"},
		{"bad share", func(o *load.Options) { o.BadShare = 1.5 }, "差评比例"},
		{"digest", func(o *load.Options) { o.BodyDigest = "md5" }, "摘要算法"},
		{"all at once", func(o *load.Options) { *o = load.Options{Rate: -1} }, "速率"},
	} {
		opts := options("http://127.0.0.1:1")
		tt.change(&opts)
		_, err := load.Run(t.Context(), opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestLoopbackAndAllowedTargets(t *testing.T) {
	e := &ebus{}
	target := e.start(t)
	opts := options(strings.Replace(target, "127.0.0.1", "localhost", 1) + "/")
	opts.Count = 3
	if _, err := load.Run(t.Context(), opts); err != nil {
		t.Errorf("localhost: got %v", err)
	}
	opts = options("http://192.0.2.1:1") // TEST-NET-1: nobody is there
	opts.Count, opts.AllowRemote, opts.Verify = 1, true, false
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing is sent
	if _, err := load.Run(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("allowed: got %v, want only the end of the context", err)
	}
}
