package integrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
)

// All gives all apps as they are stored, their secrets sealed, ordered by code.
func (s *Service) All(ctx context.Context) ([]Stored, error) {
	apps, err := s.store.Apps(ctx)
	if err != nil {
		return nil, fmt.Errorf("list apps: %w", err)
	}
	return apps, nil
}

// Get gives one app as it is stored; fault.Missing when there is none.
func (s *Service) Get(ctx context.Context, code string) (*Stored, error) {
	apps, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range apps {
		if apps[i].Code == code {
			return &apps[i], nil
		}
	}
	return nil, missing(code)
}

func missing(code string) error { return fault.NewMissing("没有应用编码 " + code) }

// Create registers an app and gives its secret, this once.
func (s *Service) Create(ctx context.Context, app App) (secret string, err error) {
	if app.PaasID == "" {
		app.PaasID = app.Code
	}
	app.tidy()
	if err := app.check(s.known); err != nil {
		return "", err
	}
	if app.Code == Pages { // its reviews would be told as the pages'
		return "", fault.NewConflict("应用编码 " + Pages + " 由系统自己的评价页面使用，请另取一个")
	}
	secret = newSecret()
	app.Version = 1
	entry := audit.Entry{Action: "app.create", Object: object(app.Code), After: app.told()}
	err = s.store.CreateApp(ctx, Stored{App: app, Sealed: [][]byte{s.seal(app.Code, secret)}}, entry)
	if errors.Is(err, ErrExists) {
		return "", fault.NewConflict(fmt.Sprintf("应用编码 %s 或 paasid %s 已被使用", app.Code, app.PaasID))
	}
	if err != nil {
		return "", fmt.Errorf("create app: %w", err)
	}
	s.forget()
	return secret, nil
}

func object(code string) string { return "app:" + code }

// AnyVersion changes an app whatever others have changed meanwhile.
const AnyVersion = 0

// Change replaces what an app is called and may do; its code, its paasid, its secrets and whether it is disabled stay. Like all changes
// it is refused when the version is neither AnyVersion nor the app's.
func (s *Service) Change(ctx context.Context, to App, version int) (App, error) {
	to.tidy()
	return s.change(ctx, "app.change", to.Code, version, func(stored *Stored) error {
		to.PaasID, to.Disabled, to.Version, to.Secrets = stored.PaasID, stored.Disabled, stored.Version, nil
		if err := to.check(s.known); err != nil {
			return err
		}
		stored.App = to
		return nil
	})
}

// Rotate gives an app a new secret, this once. The one before stays valid beside it until Finish or the next rotation.
func (s *Service) Rotate(ctx context.Context, code string, version int) (app App, secret string, err error) {
	secret = newSecret()
	app, err = s.change(ctx, "app.rotate", code, version, func(stored *Stored) error {
		stored.Sealed = append([][]byte{s.seal(code, secret)}, stored.Sealed[:1]...)
		return nil
	})
	return app, secret, err
}

// Finish ends a rotation: only the newest secret stays valid. Without a rotation it is refused: whoever believes that a secret which is
// known to others has ended shall not be told so.
func (s *Service) Finish(ctx context.Context, code string, version int) (App, error) {
	return s.change(ctx, "app.finish", code, version, func(stored *Stored) error {
		if len(stored.Sealed) == 1 {
			return fault.NewConflict("应用 " + code + " 只有一个密钥，没有旧密钥可作废；要换密钥，请先换发")
		}
		stored.Sealed = stored.Sealed[:1]
		return nil
	})
}

// Disable refuses all further calls of an app, or allows them again.
func (s *Service) Disable(ctx context.Context, code string, disabled bool, version int) (App, error) {
	action := "app.enable"
	if disabled {
		action = "app.disable"
	}
	return s.change(ctx, action, code, version, func(stored *Stored) error {
		stored.Disabled = disabled
		return nil
	})
}

// AllowAffairs lets an app send completed affairs, or no longer.
func (s *Service) AllowAffairs(ctx context.Context, code string, allowed bool) (App, error) {
	return s.change(ctx, "app.change", code, AnyVersion, func(stored *Stored) error {
		stored.Affairs = allowed
		return nil
	})
}

// DemandDigest refuses calls of an app that are not signed in the stronger way, or no longer.
func (s *Service) DemandDigest(ctx context.Context, code string, demanded bool) (App, error) {
	return s.change(ctx, "app.change", code, AnyVersion, func(stored *Stored) error {
		stored.RequireDigest = demanded
		return nil
	})
}

func (s *Service) change(ctx context.Context, action, code string, version int, change func(*Stored) error) (App, error) {
	var changed App
	found, err := s.store.ChangeApp(ctx, code, func(stored *Stored) (audit.Entry, error) {
		if version != AnyVersion && version != stored.Version {
			return audit.Entry{}, fault.NewConflict("这个应用在您打开页面以后改过了，没有保存。请返回看过现在的内容再改")
		}
		entry := audit.Entry{Action: action, Object: object(code), Before: keyed(stored)}
		if err := change(stored); err != nil {
			return entry, err
		}
		stored.Version++
		entry.After = keyed(stored)
		changed = stored.App
		return entry, nil
	})
	switch {
	case err != nil:
		return App{}, fmt.Errorf("change app: %w", err)
	case !found:
		return App{}, missing(code)
	}
	s.forget()
	return changed, nil
}

func keyed(s *Stored) string { return fmt.Sprintf("%s keys=%d", s.told(), s.Keys()) }
