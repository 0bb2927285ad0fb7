"""Hepar as it is to be started, with all that it promises: ``streamlit run serve.py``."""

from streamlit.starlette import App

from lib.ui import serving

app = App(
    serving.SCRIPT,
    lifespan=serving.lifespan,
    routes=serving.ROUTES,
    middleware=serving.MIDDLEWARE,
    exception_handlers=serving.HANDLERS,
    on_script_error=serving.failed,
)

if __name__ == "__main__":
    app.run()
