package courier_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/courier"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"golang.org/x/net/dns/dnsmessage"
)

var (
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	key      = []byte("0123456789abcdef01234567")
	secret   = "whsec_" + base64.StdEncoding.EncodeToString(key)
)

func post(t *testing.T, h *courier.Hooks, url string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return h.Post(ctx, notice.Post{ID: "d-1", URL: url, Secret: secret, At: time.Unix(1_780_000_000, 0), Body: []byte(`{"type":"test"}`)})
}

func trusting(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	if certificate := server.Certificate(); certificate != nil {
		roots.AddCert(certificate)
	}
	return roots
}

func TestAWebhookArrivesSigned(t *testing.T) {
	var got *http.Request
	var body []byte
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(receiver.Close)
	if err := post(t, courier.NewHooks(loopback, trusting(receiver)), receiver.URL+"/in?token=x"); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || got.URL.RequestURI() != "/in?token=x" || string(body) != `{"type":"test"}` ||
		got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %s %v: %s", got.Method, got.URL, got.Header, body)
	}
	// As a receiver verifies it: standard-webhooks, section Verifying.
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", got.Header.Get("webhook-id"), got.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); got.Header.Get("webhook-signature") != want {
		t.Errorf("signature is %s, want %s", got.Header.Get("webhook-signature"), want)
	}
	if got.Header.Get("webhook-id") != "d-1" || got.Header.Get("webhook-timestamp") != "1780000000" {
		t.Errorf("headers are %v", got.Header)
	}
}

func TestWhatAReceiverAnswers(t *testing.T) {
	var answer atomic.Int32
	var asked atomic.Int32
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(answer.Load()))
	}))
	t.Cleanup(receiver.Close)
	hooks := courier.NewHooks(loopback, trusting(receiver))
	for _, c := range []struct {
		code     int32
		words    string
		hopeless bool
	}{
		{200, "", false},
		{204, "", false},
		{302, "对方答复 302：要求转到别处，系统不跟随，请直接填写最终的地址", true},
		{307, "对方答复 307：要求转到别处，系统不跟随，请直接填写最终的地址", true},
		{404, "对方答复 404", false},
		{410, "对方答复 410：该地址已停用", true},
		{500, "对方答复 500", false},
	} {
		answer.Store(c.code)
		asked.Store(0)
		err := post(t, hooks, receiver.URL+"/in")
		var f *fault.Error
		if (err == nil) != (c.words == "") || err != nil && (!errors.As(err, &f) || f.Message != c.words) || job.Hopeless(err) != c.hopeless {
			t.Errorf("%d: got %v, hopeless %v", c.code, err, job.Hopeless(err))
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%d: asked %d times", c.code, n)
		}
	}
}

// TestNoWebhookLeadsInside wants nothing dialled that is not public: addresses in every form, names that lead there, and
// redirects.
func TestNoWebhookLeadsInside(t *testing.T) {
	var asked atomic.Int32
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	inside, plain := httptest.NewTLSServer(count), httptest.NewServer(count)
	t.Cleanup(inside.Close)
	t.Cleanup(plain.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "https://"), ":")
	hooks := courier.NewHooks(nil, trusting(inside))
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"0.0.0.0", "[::]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[fe80::1]",
		"[fc00::1]", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]", "192.0.2.1", "240.0.0.1",
	} {
		err := post(t, hooks, "https://"+host+":"+port+"/in")
		if !job.Hopeless(err) || !strings.Contains(err.Error(), "内部网络") {
			t.Errorf("%s: got %v", host, err)
		}
	}
	if err := post(t, hooks, plain.URL); !job.Hopeless(err) {
		t.Errorf("plain http: got %v", err)
	}
	// An address that is allowed sends us on to one that is not.
	redirect := httptest.NewTLSServer(http.RedirectHandler("https://localhost:"+port+"/in", http.StatusTemporaryRedirect))
	t.Cleanup(redirect.Close)
	allowed := courier.NewHooks([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, trusting(redirect))
	if err := post(t, allowed, redirect.URL); !job.Hopeless(err) || !strings.Contains(err.Error(), "307") {
		t.Errorf("redirect: got %v", err)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("inside was asked %d times", n)
	}
}

// A name that is of a public address when it is asked for first, and of one inside from then on, leads nowhere inside: what is dialled
// is what is looked at. There is nobody at the public address, so that the sender would try the other one if it might.
func TestANameThatChangesItsAddressLeadsNowhereInside(t *testing.T) {
	var inside, resolved atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	names, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = names.Close() })
	public := netip.MustParseAddr("198.51.100.7") // reserved for documents: the gate is told that it is one of ours
	go func() {
		question := make([]byte, 512)
		for {
			n, from, err := names.ReadFrom(question)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(question[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if m.Questions[0].Type == dnsmessage.TypeA {
				address := netip.MustParseAddr("127.0.0.1")
				if resolved.Add(1) == 1 {
					address = public
				}
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: address.As4()},
				}}
			}
			answer, err := m.Pack()
			if err == nil {
				_, _ = names.WriteTo(answer, from)
			}
		}
	}()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", names.LocalAddr().String())
	}}
	hooks := courier.NewHooks([]netip.Prefix{netip.PrefixFrom(public, 32)}, trusting(server))
	address := "https://hook.example.gov.cn:" + port + "/in"
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // nobody answers there
	defer cancel()
	first := hooks.Post(ctx, notice.Post{ID: "d-1", URL: address, Secret: secret, At: time.Unix(1_780_000_000, 0)})
	if first == nil || job.Hopeless(first) {
		t.Errorf("at the public address: %v", first)
	}
	for range 2 {
		if err := post(t, hooks, address); !job.Hopeless(err) || !strings.Contains(err.Error(), "内部网络") {
			t.Errorf("at the address inside: %v", err)
		}
	}
	if resolved.Load() < 3 || inside.Load() != 0 {
		t.Errorf("the name was asked for %d times, and inside %d times", resolved.Load(), inside.Load())
	}
}

func TestNetworksOfOnesOwn(t *testing.T) {
	var asked atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(plain.Close)
	if err := post(t, courier.NewHooks(loopback, nil), plain.URL); err != nil || asked.Load() != 1 {
		t.Errorf("plain http within a network of one's own: %v", err)
	}
	other := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if err := post(t, courier.NewHooks(other, nil), plain.URL); !job.Hopeless(err) {
		t.Errorf("another network: %v", err)
	}
}

func TestWhyAWebhookDoesNotArrive(t *testing.T) {
	hung := make(chan struct{})
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-hung:
		}
	}))
	t.Cleanup(receiver.Close)
	t.Cleanup(func() { close(hung) })
	hooks := courier.NewHooks(loopback, nil)
	says := func(name string, err error, words string) {
		t.Helper()
		var f *fault.Error
		if !errors.As(err, &f) || f.Message != words || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: got %v, want %s", name, err, words)
		}
	}
	says("an unknown certificate", post(t, hooks, receiver.URL+"/hidden"), "对方的证书不可信或已过期")
	says("no such name", post(t, hooks, "https://nobody.invalid/hidden"), "对方的域名无法解析")
	says("nobody there", post(t, hooks, "https://127.0.0.1:1/hidden"), "连不上对方")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := courier.NewHooks(loopback, trusting(receiver)).Post(ctx, notice.Post{ID: "d", URL: receiver.URL + "/hidden", Secret: secret, Body: []byte("{}")})
	says("no answer", err, "对方没有在 15 秒内答复")
	if err := hooks.Post(t.Context(), notice.Post{URL: receiver.URL, Secret: "whsec_"}); !job.Hopeless(err) {
		t.Errorf("without a secret: %v", err)
	}
}
