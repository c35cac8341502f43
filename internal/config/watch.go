package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Watch says what is told of the program's own work, and to whom.
type Watch struct {
	Traces       string        `help:"OpenTelemetry 采集器地址（OTLP/HTTP，不含 /v1/traces）；不设则不产生调用链。也可用 OTEL_EXPORTER_OTLP_ENDPOINT。" placeholder:"URL" env:"HAOCHAPING_TRACES,OTEL_EXPORTER_OTLP_ENDPOINT"`
	TraceHeaders string        `help:"随调用链发送的请求头：名=值，逗号分隔；含令牌时请只用环境变量。" placeholder:"K=V" env:"HAOCHAPING_TRACE_HEADERS,OTEL_EXPORTER_OTLP_HEADERS"`
	TraceRatio   float64       `help:"保留多大比例的调用链，大于 0、不超过 1。" default:"1" placeholder:"N"`
	SlowQuery    time.Duration `help:"数据库语句超过多久即记入日志并计数（只记名称，不记参数）；0 为不记。" default:"1s"`
}

// Check reports everything that is wrong, joined.
func (w *Watch) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	address, err := url.Parse(w.Traces)
	refuse(w.Traces != "" && (err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || address.User != nil || address.RawQuery != ""),
		"traces 应为采集器的地址，如 http://127.0.0.1:4318")
	_, err = w.Headers()
	refuse(err != nil, "trace-headers 应为 名=值，以逗号分隔")
	refuse(w.Traces != "" && !(w.TraceRatio > 0 && w.TraceRatio <= 1), "trace-ratio 应大于 0、不超过 1")
	refuse(w.SlowQuery < 0 || w.SlowQuery > time.Hour, "slow-query 应为 0 到 1h")
	return errors.Join(faults...)
}

// Headers are TraceHeaders one by one; values may be written as in an address (%20), as OpenTelemetry has it.
func (w *Watch) Headers() (map[string]string, error) {
	headers := map[string]string{}
	if w.TraceHeaders == "" {
		return headers, nil
	}
	for pair := range strings.SplitSeq(w.TraceHeaders, ",") {
		name, value, ok := strings.Cut(pair, "=")
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("a header of traces is not name=value")
		}
		headers[name] = decoded
	}
	return headers, nil
}
