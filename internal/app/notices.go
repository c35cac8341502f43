package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/courier"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/tracing"
)

// notices are how people are told, and what does the jobs of that.
type notices struct {
	*notice.Service
	jobs *job.Runner
	log  *slog.Logger
	mail bool // a mail server is set
}

// newNotices prepares them by the settings. staff are told of their own cases where mail can be sent at all; nil is nobody.
func (h *house) newNotices(settings *config.Notices, base string, staff *identity.StaffService, log *slog.Logger, told *metrics, tracer *tracing.Tracer) (*notices, error) {
	carrier, err := newCourier(settings)
	if err != nil {
		return nil, err
	}
	needs := notice.Needs{
		Store: h.store, Cases: h.store, Courier: tracer.Courier(carrier), Sealer: h.sealer, Blinder: h.blinder, Places: units{h.registry, h.halls},
		Unit: h.unitName, Base: base, Every: settings.Pause(), Now: time.Now,
	}
	if staff != nil && carrier.Ready() {
		needs.Person = func(ctx context.Context, login string) (notice.Person, error) { return mailboxOf(ctx, staff, login) }
	}
	service, err := notice.NewService(needs)
	if err != nil {
		return nil, err
	}
	return &notices{service, job.NewRunner(h.store, time.Now, log, tracer.Jobs(told.watchJobs(service.Handlers()))...), log, carrier.Ready()}, nil
}

// mailboxOf is where a member of staff reads mail; none for who may not log in.
func mailboxOf(ctx context.Context, staff *identity.StaffService, login string) (notice.Person, error) {
	who, err := staff.Get(ctx, nil, login)
	if err != nil || who.State != identity.Active {
		return notice.Person{}, err
	}
	return notice.Person{Email: who.Email, WorkNo: who.WorkNo}, nil
}

// newCourier reads the password and the authorities to trust.
func newCourier(settings *config.Notices) (*courier.Courier, error) {
	networks, err := settings.Networks()
	if err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if settings.NoticeCA != "" {
		if roots, err = trusted(settings.NoticeCA); err != nil {
			return nil, err
		}
	}
	var server *courier.Server
	if settings.SMTPServer != "" {
		server = &courier.Server{User: settings.SMTPUser, From: settings.SMTPFrom, Roots: roots}
		server.Host, server.Port, server.Implicit = settings.Mail()
		if settings.SMTPPasswordFile != "" {
			if server.Password, err = readSecret(settings.SMTPPasswordFile); err != nil {
				return nil, err
			}
		}
	}
	letters, err := courier.NewLetters(server)
	if err != nil {
		return nil, err
	}
	return &courier.Courier{Letters: letters, Hooks: courier.NewHooks(networks, roots)}, nil
}

// trusted are the system's authorities and those of a file.
func trusted(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names his own file
	if err != nil {
		return nil, fmt.Errorf("读不了 notice-ca：%w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("notice-ca 的文件 %s 中没有证书（PEM）", file)
	}
	return roots, nil
}

// unitName is what people call a unit; empty when nobody knows.
func (h *house) unitName(u followup.Unit) string {
	switch u.Kind {
	case followup.HallUnit:
		hall, _ := h.halls.Hall(u.Code)
		return hall.Name
	case followup.DepartmentUnit:
		department, _ := h.registry.Department(u.Code)
		return department.Name
	default:
		return h.registry.RegionName(u.Code)
	}
}

// MailReady says whether a mail server is set.
func (n *notices) MailReady() bool { return n.mail }

// sweepNoticesEvery is how often what was told long ago is looked for.
const sweepNoticesEvery = time.Hour

// run does jobs until ctx ends.
func (n *notices) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() {
		every(ctx, sweepNoticesEvery, func(ctx context.Context) {
			if err := n.Sweep(ctx); err != nil && ctx.Err() == nil {
				n.log.Warn("sweep notices", "error", err)
			}
		})
	})
	n.jobs.Run(ctx)
	wg.Wait()
}
