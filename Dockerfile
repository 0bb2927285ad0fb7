# Hepar with what a registry needs, as a user who owns nothing. See docs/deploy.md.
FROM python:3.11-slim
WORKDIR /opt/hepar
COPY requirements.txt requirements-registry.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt -r requirements-registry.txt
COPY app.py serve.py LICENSE LICENCES.md ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY pages pages
COPY lib lib
COPY sample_data sample_data
COPY docs docs
RUN python -m compileall -q lib pages && useradd --create-home --uid 10001 hepar
USER hepar
EXPOSE 8501
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8501/healthz')"]
ENTRYPOINT ["streamlit", "run", "serve.py", "--server.address", "0.0.0.0"]
