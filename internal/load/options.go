// Package load drives a running server with signed, unique, realistic reviews of all three kinds, measures how it
// answers, and afterwards sends every acknowledged review again: the server must know each by the serial number that
// it gave. It is what `haochaping bench` runs.
package load

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/haochaping/haochaping/client"
)

const (
	defaultCallers = 64
	// maxCount is how many reviews one seed can number (sample.Generator.At).
	maxCount = math.MaxUint32
)

// Options say what to send where. Target, AppCode, PaasID, Secret and one of Duration and Count are required.
type Options struct {
	Target  string // the server's address, such as http://127.0.0.1:8080
	AppCode string // an app that was given egovAffair, yssAffair, egovGuide and hotlineAffair
	PaasID  string
	Secret  string

	Rate     float64       // reviews a second, on schedule whatever the answers; 0: as many as the callers get through
	Duration time.Duration // of sending; 0: until Count
	Count    uint64        // how many reviews at most; 0: as many as fit into Duration
	Callers  int           // how many at once; 0: 64

	Seed       uint64           // of the reviews; 0: a random one. A seed that a server has seen is refused as reviewed already
	BadShare   float64          // of reviews with one or two stars; 0: 1 in 200, negative: none
	BodyDigest client.Algorithm // signs the bodies too; "": the gateway's signature alone

	Verify      bool      // send every acknowledged review again and compare the serial numbers
	AllowRemote bool      // take a target other than this machine
	Progress    io.Writer // a line every second; nil: silent
}

// complete fills in the defaults, or reports everything that is wrong.
func (o *Options) complete() error {
	var faults []error
	refuse := func(when bool, reason string) {
		if when {
			faults = append(faults, errors.New(reason))
		}
	}
	u, err := url.Parse(o.Target)
	refuse(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "目标地址应形如 http://127.0.0.1:8080")
	if len(faults) == 0 {
		refuse(!o.AllowRemote && !loopback(u.Hostname()), "目标不是本机；压测会写入大量虚构评价，确要压测其他机器请加 --allow-remote")
	}
	refuse(o.AppCode == "" || o.PaasID == "" || o.Secret == "", "缺少应用编码、paasid 或密钥")
	refuse(o.Rate < 0 || math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0), "速率不能为负")
	refuse(o.Duration < 0 || o.Duration == 0 && o.Count == 0, "须指定时长或数量")
	refuse(o.Callers < 0, "并发数不能为负")
	refuse(!(o.BadShare <= 1), "差评比例不能大于 1")
	refuse(o.BodyDigest != "" && !o.BodyDigest.Valid(), "报文摘要算法只能是 sm3 或 sha256")
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	o.Target = strings.TrimRight(o.Target, "/")
	if o.Callers == 0 {
		o.Callers = defaultCallers
	}
	if o.Seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		o.Seed = binary.NativeEndian.Uint64(b[:])
	}
	return nil
}

// planned is how many reviews the options ask for.
func (o *Options) planned() uint64 {
	count := uint64(maxCount)
	if o.Count > 0 {
		count = min(count, o.Count)
	}
	if o.Rate > 0 && o.Duration > 0 {
		count = min(count, uint64(math.Ceil(min(o.Rate*o.Duration.Seconds(), maxCount))))
	}
	return count
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
